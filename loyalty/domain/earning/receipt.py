"""A purchase as money and points: what was paid for each line, what it earns and when. Pure.

Quotes and recorded orders go through the same functions, so that a till is never promised anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from loyalty.domain.earning.rates import Accrual, Earner, Exclusions, Rate, accrue, base_rate, lot_dates
from loyalty.lib.errors import DomainError
from loyalty.lib.money import spread
from loyalty.models import Programme
from partners.models import Terms

ZERO = Decimal("0.00")


@dataclass(slots=True, frozen=True)
class ReceiptLine:
    """A line: `amount` is its total in money with 2 places; quantity doesn't multiply it."""

    amount: Decimal
    sku: str = ""
    name: str = ""
    category: str = ""
    quantity: Decimal = Decimal(1)


@dataclass(slots=True, frozen=True)
class Receipt:
    """`values` are the lines after the discount, `paid` what was paid for them in money, `excluded` why they earn nothing."""

    total: Decimal
    by_points: Decimal
    values: list[Decimal]
    paid: list[Decimal]
    excluded: list[str]
    accrual: Accrual
    available_at: datetime
    expires_at: datetime | None


def make_receipt(
    lines: Sequence[ReceiptLine],
    *,
    discount: Decimal,
    redeemed: int,
    occurred_at: datetime,
    terms: Terms,
    exclusions: Exclusions,
    programme: Programme,
    level: Rate | None = None,
) -> Receipt:
    """Judge a purchase by the terms and the level that held: `discount` and `redeemed` points are spread over all lines pro rata.

    Raises DomainError: discount_above_total, spend_above_share.
    """
    amounts = [line.amount for line in lines]
    total = sum(amounts, ZERO)
    if discount > total:
        raise DomainError("discount_above_total", f"The discount of {discount} is above the total of {total}.")
    most = most_points(total - discount, terms, programme)
    if redeemed > most:
        raise DomainError("spend_above_share", f"At most {most} points can pay for this order; {redeemed} were asked for.", most=most)
    by_points = worth(redeemed, programme)
    values = less(spread(discount, amounts), amounts)
    paid = less(spread(by_points, values), values)
    excluded = [exclusions.reason(sku=line.sku, category=line.category) for line in lines]
    earners = [Earner(money, line.name or line.sku, reason) for line, money, reason in zip(lines, paid, excluded, strict=True)]
    rates = [base_rate(terms), *([level] if level else [])]
    accrual = accrue(earners, rates, rounding=programme.rounding, point_value=programme.point_value)
    available_at, expires_at = lot_dates(bought=occurred_at, terms=terms, programme=programme)
    return Receipt(total, by_points, values, paid, excluded, accrual, available_at, expires_at)


def most_points(payable: Decimal, terms: Terms, programme: Programme) -> int:
    """The most points that may pay for `payable` money: the share of the terms or the programme, rounded down."""
    share = programme.spendable_share if terms.spendable_pct is None else terms.spendable_pct
    return floor(Fraction(payable) * Fraction(share) / 100 / Fraction(programme.point_value))


def worth(points: int, programme: Programme) -> Decimal:
    """What points pay, in money, to the kopeck below."""
    return Decimal(floor(points * Fraction(programme.point_value) * 100)).scaleb(-2)


def less(shares: Sequence[Decimal], amounts: Sequence[Decimal]) -> list[Decimal]:
    """The amounts less their shares."""
    return [amount - share for share, amount in zip(shares, amounts, strict=True)]
