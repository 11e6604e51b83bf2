"""What an order would earn, and the most it could be paid with. Writes nothing and locks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.domain import earning, levels
from loyalty.domain.earning import Accrual, Exclusions, ReceiptLine
from loyalty.domain.ledger import Standing, standings
from loyalty.lib.errors import DomainError
from loyalty.models import Programme
from partners.domain import terms as partner_terms
from partners.models import Partner


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
    balance: Standing | None


def quote(
    *,
    lines: Sequence[ReceiptLine],
    discount: Decimal,
    redeem_points: int,
    member_id: int | None,
    occurred_at: datetime,
    partner: Partner,
    programme: Programme,
    now: datetime,
) -> Quote:
    """Judge an order as domain/orders/recording.py would at `occurred_at`. Without a member only the shares of the terms limit the points.

    Raises DomainError: no_terms, discount_above_total, spend_above_share, insufficient_points.
    """
    terms = partner_terms.at(partner_terms.timeline(partner.pk), occurred_at)
    if terms is None:
        raise DomainError("no_terms", f"{partner.name} had no terms on {occurred_at:%Y-%m-%d}; give it terms from an earlier date.")
    held = levels.held_by(member_id, at=occurred_at) if member_id is not None else None
    made = earning.make_receipt(
        lines,
        discount=discount,
        redeemed=redeem_points,
        occurred_at=occurred_at,
        terms=terms,
        exclusions=Exclusions.of(terms),
        programme=programme,
        level=held.rate() if held else None,
    )
    payable = made.total - discount
    balance = standings([member_id], programme=programme, at=now)[member_id] if member_id is not None else None
    share = earning.most_points(payable, terms, programme)
    most = share if balance is None else min(share, balance.available)
    if redeem_points > most:
        raise DomainError("insufficient_points", f"Only {most} points are available; {redeem_points} were asked for.", available=most)
    return Quote(made.accrual, made.available_at, made.expires_at, payable, redeem_points, made.by_points, most, earning.worth(most, programme), balance)
