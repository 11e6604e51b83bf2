"""Points given or taken by the programme itself, outside purchases: welcome, adjustment, quest, birthday…"""

from datetime import datetime

from loyalty.domain.ledger import door
from loyalty.domain.ledger.book import Part, PlannedEntry
from loyalty.domain.ledger.lots import gone_from
from loyalty.enums import EntryKind, LotSource
from loyalty.lib.clock import business_day
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Programme


def credit(
    *,
    member_id: int,
    kind: EntryKind,
    points: int,
    programme: Programme,
    now: datetime,
    key: str | None,
    funder_id: int | None = None,
    reason: str = "",
    actor_id: int | None = None,
) -> door.Credit:
    """A posting of points that are available at once and live as long as the programme says."""
    if points <= 0:
        raise DomainError("points_not_positive", "At least 1 point must be given.")
    begins = business_day(now, programme.zone)
    return door.Credit(
        PlannedEntry(member_id, kind, points, now, key=key, actor_id=actor_id, reason=reason, partner_id=funder_id),
        (Part(points, LotSource.GRANT, funder_id),),
        available_at=now,
        expires_at=gone_from(begins=begins, lifetime_days=programme.lifetime_days, mode=programme.expiry_mode, zone=programme.zone),
    )


def grant(
    *,
    member_id: int,
    kind: EntryKind,
    points: int,
    programme: Programme,
    now: datetime,
    key: str | None,
    funder_id: int | None = None,
    reason: str = "",
    actor_id: int | None = None,
) -> Entry:
    """Credit points that are available at once; a known key gives the first entry again.

    Raises DomainError: points_not_positive, unknown_member.
    """
    posting = credit(
        member_id=member_id, kind=kind, points=points, programme=programme, now=now, key=key, funder_id=funder_id, reason=reason, actor_id=actor_id
    )
    return door.post([posting], now=now)[0]


def deduct(*, member_id: int, points: int, now: datetime, key: str | None, reason: str, actor_id: int | None) -> Entry:
    """Take available points away as an adjustment; a known key gives the first entry again.

    Raises DomainError: points_not_positive, insufficient_points, unknown_member.
    """
    if points <= 0:
        raise DomainError("points_not_positive", "At least 1 point must be taken.")
    entry = PlannedEntry(member_id, EntryKind.ADJUSTMENT, -points, now, key=key, actor_id=actor_id, reason=reason)
    return door.post([door.Spend(entry)], now=now)[0]
