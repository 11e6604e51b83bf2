"""Whether, by which ways and when a member hears of something. Pure: what is known of the member comes in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.domain.notifications import matrix, quiet
from accounts.domain.notifications.preferences import Preferences
from accounts.domain.notifications.reach import Reach
from accounts.models.notification import OUTSIDE, Category, Channel, Digest, Reason


@dataclass(frozen=True, slots=True)
class Way:
    """One channel that the member's wishes name: when to send, or why not (`reason`)."""

    channel: Channel
    due_at: datetime
    reason: Reason | None = None
    in_digest: bool = False


def ways(reach: Reach, wishes: Preferences, category: Category, *, now: datetime, zone: ZoneInfo) -> list[Way]:
    """The ways outside the cabinet. What the member switched off isn't there; what can't be is there with its reason.

    `zone` is the programme's. Caps are applied apart, because they depend on the other messages.
    """
    if category.is_marketing and not reach.has_consent:
        return []
    chosen = [channel for channel in OUTSIDE if wishes.wants(category, channel)]
    usable = [channel for channel in chosen if reach.by(channel)]
    if not set(usable) & set(matrix.fallback(category)):
        # What can't be silenced falls back on the first contact there is.
        usable += [channel for channel in matrix.fallback(category) if reach.by(channel)][:1]
    found = [Way(channel, now, _why_not(reach, channel)) for channel in chosen if channel not in usable and channel != Channel.PUSH]
    return [*found, *(when(wishes, category, channel, now=now, zone=zone) for channel in usable)]


def when(wishes: Preferences, category: Category, channel: Channel, *, now: datetime, zone: ZoneInfo) -> Way:
    """The instant at which a message may leave: after quiet hours, with the digest if the member has one."""
    mine = wishes.zone(zone)
    if channel == Channel.EMAIL and wishes.digest != Digest.OFF and not category.is_locked:
        return Way(channel, _after_quiet(quiet.next_digest(now, zone=mine, digest=wishes.digest), wishes, category, mine), in_digest=True)
    return Way(channel, _after_quiet(now, wishes, category, mine))


def why_not_now(reach: Reach | None, wishes: Preferences, category: Category, channel: Channel) -> Reason | None:
    """Why a message that was queued must not leave any more: the member has changed their mind or a contact meanwhile."""
    if reach is None:
        return Reason.UNVERIFIED
    if category.is_marketing and not reach.has_consent:
        return Reason.CONSENT
    if not wishes.wants(category, channel) and channel not in matrix.fallback(category):
        return Reason.PREFERENCE
    return None if reach.by(channel) else _why_not(reach, channel)


def has_room(counted: Collection[datetime], wishes: Preferences, *, at: datetime, zone: ZoneInfo) -> bool:
    """Whether one more message fits the caps: `counted` are the instants of those that count. A week is seven days of the member's calendar."""
    mine = wishes.zone(zone)
    day = quiet.local_day(at, mine)
    ages = [(day - quiet.local_day(instant, mine)).days for instant in counted]
    return sum(1 for age in ages if age == 0) < wishes.cap_day and sum(1 for age in ages if -1 <= age < 7) < wishes.cap_week


def after_quiet(at: datetime, wishes: Preferences, category: Category, *, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the member's quiet hours. `zone` is the programme's."""
    return _after_quiet(at, wishes, category, wishes.zone(zone))


def _after_quiet(at: datetime, wishes: Preferences, category: Category, zone: ZoneInfo) -> datetime:
    if not (wishes.is_quiet and category.waits_in_quiet_hours):
        return at
    return quiet.after_quiet(at, zone=zone, begins=wishes.quiet_from, ends=wishes.quiet_until)


def _why_not(reach: Reach, channel: Channel) -> Reason:
    refuses = reach.bad_email if channel == Channel.EMAIL else reach.bad_phone
    return Reason.BAD_CONTACT if refuses else Reason.UNVERIFIED
