"""Two-phase spending in the ledger: points are pinned in their lots, then captured, or free again. Under the member's lock, through the door.

Points are whole, instants UTC.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loyalty.domain.ledger import door
from loyalty.domain.ledger.book import PlannedEntry, require_open
from loyalty.enums import EntryKind, HoldState
from loyalty.lib.batch import insert
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Hold, HoldPin


def place_hold(
    *,
    member_id: int,
    points: int,
    ttl: timedelta,
    now: datetime,
    partner_id: int | None = None,
    key: str | None = None,
    awaiting_member: bool = False,
) -> Hold:
    """Set available points aside until now + ttl; with `awaiting_member` they can be captured once the member agrees.

    A known key gives the first hold again. Raises DomainError: points_not_positive, insufficient_points, unknown_member.
    """
    if points <= 0:
        raise DomainError("points_not_positive", "A hold sets aside at least 1 point.")
    with transaction.atomic():
        door.lock_members({member_id})
        if key and (known := Hold.objects.filter(key=key).first()):
            return known
        book = door.load_book({member_id}, debited={member_id}, since=now, now=now)
        # A spend finds the lots; only its plan is kept, as pins instead of allocations.
        plan = PlannedEntry(member_id, EntryKind.REDEMPTION, -points, now)
        book.spend(plan)
        pins = [allocation for allocation in book.allocations if allocation[0] is plan]
        book.allocations = [allocation for allocation in book.allocations if allocation[0] is not plan]
        book.entries.remove(plan)
        door.write(book)
        begins_as = HoldState.AWAITING_MEMBER if awaiting_member else HoldState.ACTIVE
        hold = Hold.objects.create(member_id=member_id, partner_id=partner_id, points=points, state=begins_as, occurred_at=now, expires_at=now + ttl, key=key)
        insert(HoldPin, ("hold", "lot", "points"), [(hold.pk, lot.id, pinned) for _entry, lot, pinned, _at in pins])
        return hold


def confirm_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """The member agrees to a waiting hold; agreeing twice changes nothing.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed.
    """
    with transaction.atomic():
        hold = _lock_open_hold(hold_id, now=now)
        hold.state = HoldState.ACTIVE
        hold.save(update_fields=["state"])
        return hold


def capture_hold(hold_id: UUID, *, points: int, now: datetime, key: str | None = None) -> Entry:
    """Spend up to what a hold set aside; the rest is free again. Honoured until the hold lapses.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed, hold_awaits_member, capture_above_hold.
    """
    with transaction.atomic():
        member_id, partner_id, placed_at = _hold_owner(hold_id)
        door.lock_members({member_id})
        book = door.load_book({member_id}, debited={member_id}, holds={hold_id}, since=placed_at, now=now)
        entry = PlannedEntry(member_id, EntryKind.REDEMPTION, -points, now, key=key, partner_id=partner_id)
        book.capture(entry, hold_id=hold_id)
        door.write(book)
        return Entry.objects.get(hold=hold_id)


def release_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """Make the points of a hold free again. A lot that ended meanwhile is left to expire.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed.
    """
    with transaction.atomic():
        hold = _lock_open_hold(hold_id, now=now)
        hold.state, hold.ended_at = HoldState.RELEASED, now
        hold.save(update_fields=["state", "ended_at"])
        book = door.load_book({hold.member_id}, debited=(), since=hold.occurred_at, now=now)
        book.pay_debts(hold.member_id)
        door.write(book)
        return hold


def _hold_owner(hold_id: UUID) -> tuple[int, int | None, datetime]:
    """(member, partner, placed at) of a hold: these never change, so they may be read before the lock."""
    owner = Hold.objects.filter(pk=hold_id).values_list("member_id", "partner_id", "occurred_at").first()
    if owner is None:
        raise DomainError("unknown_hold", "There is no such hold.")
    return owner


def _lock_open_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """The hold, its member locked, if it is still open at `now`."""
    door.lock_members({_hold_owner(hold_id)[0]})
    hold = Hold.objects.get(pk=hold_id)
    require_open(hold, now=now)
    return hold
