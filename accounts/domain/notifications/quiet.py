"""Quiet hours, digests and the days of caps, in the member's own time zone. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models.notification import Digest

DIGEST_AT = time(9)


def is_quiet(at: datetime, *, zone: ZoneInfo, begins: time, ends: time) -> bool:
    """Whether the member's clock stands between `begins` (included) and `ends` (not); over midnight where `begins` is later."""
    clock = at.astimezone(zone).time().replace(tzinfo=None)
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def after_quiet(at: datetime, *, zone: ZoneInfo, begins: time, ends: time) -> datetime:
    """`at`, or where that is quiet the first instant when it no longer is, in UTC.

    A wall time that the clocks skip means the instant after the gap; one that comes twice, the first.
    """
    if not is_quiet(at, zone=zone, begins=begins, ends=ends):
        return at
    local = at.astimezone(zone)
    day = local.date() if local.time().replace(tzinfo=None) < ends else local.date() + timedelta(days=1)
    end = instant(day, ends, zone)
    # Where the end comes twice (clocks go back) we may be in its second passing.
    return max(end, at)


def next_digest(at: datetime, *, zone: ZoneInfo, digest: Digest) -> datetime:
    """When the digest that takes a message written at `at` leaves: 9 o'clock of the member's next day, or next Monday."""
    local = at.astimezone(zone)
    day = local.date()
    if instant(day, DIGEST_AT, zone) <= at:
        day += timedelta(days=1)
    if digest == Digest.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return instant(day, DIGEST_AT, zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant on the member's clock."""
    return at.astimezone(zone).date()


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A wall time as UTC."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
