"""What an order would earn, and the most it could be paid with. Writes nothing and locks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from loyalty.domain.earning import Accrual, Earner, Exclusions, accrue, base_rate, lot_dates
from loyalty.domain.orders import ZERO, Line
from loyalty.domain.queries.balance import Balance, member_balance
from loyalty.lib.errors import DomainError
from loyalty.lib.money import spread
from loyalty.models import Programme
from partners.domain import terms as partner_terms
from partners.models import Partner, Terms


@dataclass(slots=True, frozen=True)
class Quote:
    """`most` points could pay for the order. Money in the programme's currency."""

    accrual: Accrual
    available_at: datetime
    expires_at: datetime | None
    payable: Decimal
    redeemed: int
    redeemed_money: Decimal
    most: int
    most_money: Decimal
    balance: Balance | None


def quote(
    *,
    lines: Sequence[Line],
    discount: Decimal,
    redeem_points: int,
    member_id: int | None,
    occurred_at: datetime,
    partner: Partner,
    programme: Programme,
    now: datetime,
) -> Quote:
    """Judge an order as domain/orders.py would at `occurred_at`. Without a member only the shares of the terms limit the points.

    Raises DomainError: no_terms, discount_above_total, spend_above_share, insufficient_points.
    """
    terms = partner_terms.at(partner_terms.timeline(partner.pk), occurred_at)
    if terms is None:
        raise DomainError("no_terms", f"{partner.name} had no terms on {occurred_at:%Y-%m-%d}; give it terms from an earlier date.")
    amounts = [line.amount for line in lines]
    total = sum(amounts, ZERO)
    if discount > total:
        raise DomainError("discount_above_total", f"The discount of {discount} is above the total of {total}.")
    balance = member_balance(member_id, programme=programme, at=now) if member_id is not None else None
    share = _most_points(total - discount, terms, programme)
    most = share if balance is None else min(share, balance.available)
    if redeem_points > share:
        raise DomainError("spend_above_share", f"At most {share} points can pay for this order; {redeem_points} were asked for.", most=share)
    if redeem_points > most:
        raise DomainError("insufficient_points", f"Only {most} points are available; {redeem_points} were asked for.", available=most)
    by_points = _worth(redeem_points, programme)
    values = [amount - part for amount, part in zip(amounts, spread(discount, amounts), strict=True)]
    paid = [value - part for value, part in zip(values, spread(by_points, values), strict=True)]
    rules = Exclusions.of(terms)
    earners = [Earner(money, line.name or line.sku, rules.reason(sku=line.sku, category=line.category)) for line, money in zip(lines, paid, strict=True)]
    accrual = accrue(earners, [base_rate(terms)], rounding=programme.rounding, point_value=programme.point_value)
    available_at, expires_at = lot_dates(bought=occurred_at, terms=terms, programme=programme)
    return Quote(accrual, available_at, expires_at, total - discount, redeem_points, by_points, most, _worth(most, programme), balance)


def _most_points(payable: Decimal, terms: Terms, programme: Programme) -> int:
    share = programme.spendable_share if terms.spendable_pct is None else terms.spendable_pct
    return floor(Fraction(payable) * Fraction(share) / 100 / Fraction(programme.point_value))


def _worth(points: int, programme: Programme) -> Decimal:
    return Decimal(floor(points * Fraction(programme.point_value) * 100)).scaleb(-2)
