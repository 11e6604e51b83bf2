"""What a member earns at partners: the base, the level's extra, offers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.domain import levels
from loyalty.enums import LotSource
from loyalty.lib import bulk
from partners.models import Terms


@dataclass(slots=True, frozen=True)
class RatePart:
    """One source of a percentage; `name` is the level's or the offer's."""

    source: LotSource
    name: str
    pct: Decimal


@dataclass(slots=True, frozen=True)
class PartnerRate:
    """A member's percentage at a partner by source, the base first. `spendable_pct` None: the programme's share."""

    parts: tuple[RatePart, ...]
    total: Decimal
    spendable_pct: Decimal | None = None


def my_rates(*, partner_ids: Collection[int] | None, member_id: int | None, at: datetime) -> dict[int, PartnerRate]:
    """Partner id → rate at an instant; partners without terms then are missing. None: all partners; a visitor without a card.

    One query, and one more for a member's level.
    """
    held = Terms.objects.filter(valid_from__lte=at).order_by("valid_from")
    if partner_ids is not None:
        held = held.filter(partner_id__in=bulk.id_set(partner_ids))
    # Of a partner's rows the latest wins.
    terms = {partner_id: (base, spendable) for partner_id, base, spendable in held.values_list("partner_id", "base_pct", "spendable_pct")}
    level = levels.held_by(member_id, at=at) if member_id is not None else None
    extra = (RatePart(LotSource.LEVEL, level.title, level.extra_pct),) if level is not None and level.extra_pct else ()
    more = sum((part.pct for part in extra), Decimal(0))
    return {partner_id: PartnerRate((RatePart(LotSource.BASE, "", base), *extra), base + more, spendable) for partner_id, (base, spendable) in terms.items()}
