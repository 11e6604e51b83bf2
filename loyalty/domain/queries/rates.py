"""What a member earns at partners: the base, the level's extra, offers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.enums import LotSource
from loyalty.lib import bulk
from partners.models import Terms

ZERO = Decimal(0)


@dataclass(slots=True, frozen=True)
class RatePart:
    """One source of a percentage; `name` is the level's or the offer's."""

    source: LotSource
    name: str
    pct: Decimal


@dataclass(slots=True, frozen=True)
class Rate:
    """A member's percentage at a partner by source, the base first. `spendable_pct` None: the programme's share."""

    parts: tuple[RatePart, ...]
    total: Decimal
    spendable_pct: Decimal | None = None


def my_rates(*, partner_ids: Collection[int] | None, member_id: int | None, at: datetime) -> dict[int, Rate]:
    """Partner id → rate at an instant; partners without terms then are missing. None means all partners, or a visitor without a card.

    A constant number of queries.
    """
    held = Terms.objects.filter(valid_from__lte=at).order_by("valid_from")
    if partner_ids is not None:
        held = held.filter(partner_id__in=bulk.id_set(partner_ids))
    rates = {}
    for partner_id, base, spendable in held.values_list("partner_id", "base_pct", "spendable_pct"):
        # The latest row wins.
        rates[partner_id] = Rate((RatePart(LotSource.BASE, "", base),), base, spendable)
    return rates
