"""Two-phase spending as tills see it: points are set aside, then captured (by a call or an order) or released."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from loyalty.domain import ledger
from loyalty.domain.ledger import Standing, standings
from loyalty.domain.till import spending
from loyalty.domain.till.till import MemberRef, find_member
from loyalty.enums import HoldState
from loyalty.lib.errors import DomainError
from loyalty.models import Hold, Programme
from partners.models import Partner

DEFAULT_HOLD_TTL = timedelta(minutes=15)
LEAST_HOLD_TTL, MOST_HOLD_TTL = timedelta(seconds=30), timedelta(hours=24)


@dataclass(slots=True, frozen=True)
class HoldView:
    """A hold as of an instant, with its member's balance. `state` is lapsed where the clock ended it."""

    hold: Hold
    state: str
    balance: Standing


def place_hold(ref: MemberRef, *, points: int, ttl: timedelta, partner: Partner, programme: Programme, now: datetime) -> HoldView:
    """Set a member's points aside for a partner; it may have to wait for the member's consent.

    Call it in a transaction. Raises DomainError as find_member, spending.authorise and ledger.place_hold do.
    """
    member_id = find_member(ref, partner=partner, now=now)
    with transaction.atomic():
        allowed = spending.authorise(member_id=member_id, partner=partner, programme=programme, points=points, proof=ref.proof, now=now)
        hold = ledger.place_hold(member_id=member_id, points=points, ttl=ttl, now=now, partner_id=partner.pk, awaiting_member=allowed.awaits_member)
    return _view(hold, programme=programme, now=now)


def show_hold(hold_id: UUID, *, partner: Partner, programme: Programme, now: datetime) -> HoldView:
    """A hold of this partner. Raises DomainError hold_not_found."""
    return _view(_own(hold_id, partner), programme=programme, now=now)


def capture_hold(hold_id: UUID, *, points: int | None, partner: Partner, programme: Programme, now: datetime) -> HoldView:
    """Spend up to what the hold set aside (None: all of it); the rest is free again.

    Raises DomainError: hold_not_found, hold_captured, hold_released, hold_lapsed, hold_awaits_member, capture_above_hold.
    """
    hold = _own(hold_id, partner)
    ledger.capture_hold(hold_id, points=hold.points if points is None else points, now=now)
    return show_hold(hold_id, partner=partner, programme=programme, now=now)


def release_hold(hold_id: UUID, *, partner: Partner, programme: Programme, now: datetime) -> HoldView:
    """Make the points free again. Raises DomainError: hold_not_found, hold_captured, hold_released, hold_lapsed."""
    _own(hold_id, partner)
    return _view(ledger.release_hold(hold_id, now=now), programme=programme, now=now)


def _own(hold_id: UUID, partner: Partner) -> Hold:
    hold = Hold.objects.filter(pk=hold_id, partner=partner).first()
    if hold is None:
        raise DomainError("hold_not_found", "There is no such hold.")
    return hold


def _view(hold: Hold, *, programme: Programme, now: datetime) -> HoldView:
    state = HoldState(hold.state)
    lapsed = state.is_open and hold.expires_at <= now
    return HoldView(hold, "lapsed" if lapsed else state.value, standings([hold.member_id], programme=programme, at=now)[hold.member_id])
