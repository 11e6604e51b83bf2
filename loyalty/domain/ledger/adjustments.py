"""Points that staff give or take by hand: with a reason, within a daily limit, once however often it is sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs

from accounts.models import Member, User
from loyalty.domain.ledger import grants
from loyalty.enums import EntryKind
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Programme


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The entry, and whether this call wrote it (False: the same form was sent before)."""

    entry: Entry
    created: bool


def used_today(*, actor_id: int, programme: Programme, now: datetime) -> int:
    """Points that somebody gave and took by adjustments in the current business day, added up without signs."""
    since = start_of_day(business_day(now, programme.zone), programme.zone)
    rows = Entry.objects.filter(actor_id=actor_id, kind=EntryKind.ADJUSTMENT, created_at__gte=since)
    return int(rows.aggregate(total=Sum(Abs("points"), default=0))["total"])


def adjust(
    *, member_id: int, points: int, reason: str, actor_id: int, daily_limit: int | None, form_token: str, programme: Programme, now: datetime
) -> Adjusted:
    """Give (points > 0) or take (points < 0) points in the name of a staff user.

    `daily_limit` is in points (None: none). A known `form_token` of the same actor gives the first entry again. Raises
    DomainError: no_reason, no_points, own_account, above_daily_limit (details: left), form_used, insufficient_points, unknown_member.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError("no_reason", "An adjustment needs a reason.")
    if not points:
        raise DomainError("no_points", "An adjustment gives or takes at least 1 point.")
    if Member.objects.filter(pk=member_id, user_id=actor_id).exists():
        raise DomainError("own_account", "Nobody adjusts their own points; ask a colleague.")
    key = f"adjustment:{actor_id}:{form_token}"
    with transaction.atomic():
        # One adjustment of an actor at a time: otherwise two at once could pass the limit together.
        User.objects.select_for_update().get(pk=actor_id)
        known = Entry.objects.filter(key=key).first()
        if known is not None:
            if (known.member_id, known.points, known.reason) != (member_id, points, reason):
                raise DomainError("form_used", "This form has been sent already, with other values. Open it again.")
            return Adjusted(known, created=False)
        if daily_limit is not None:
            left = daily_limit - used_today(actor_id=actor_id, programme=programme, now=now)
            if abs(points) > left:
                raise DomainError(
                    "above_daily_limit", f"{max(0, left)} points are left of today's limit of {daily_limit}.", left=max(0, left), limit=daily_limit
                )
        if points > 0:
            entry = grants.grant(
                member_id=member_id, kind=EntryKind.ADJUSTMENT, points=points, programme=programme, now=now, key=key, reason=reason, actor_id=actor_id
            )
        else:
            entry = grants.deduct(member_id=member_id, points=-points, now=now, key=key, reason=reason, actor_id=actor_id)
        return Adjusted(entry, created=True)
