from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from accounts.domain.notifications import quiet
from accounts.models.notification import Digest

NIGHT = {"begins": time(22), "ends": time(8)}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "leaves"),
    [
        ("Europe/Moscow", "2026-03-02 18:59", "2026-03-02 18:59"),  # 21:59
        ("Europe/Moscow", "2026-03-02 19:00", "2026-03-03 05:00"),  # 22:00
        ("Europe/Moscow", "2026-03-02 22:30", "2026-03-03 05:00"),  # 1:30 of the next day
        ("Asia/Vladivostok", "2026-03-02 19:00", "2026-03-02 22:00"),  # 5:00 of the next day
        ("America/New_York", "2026-03-02 12:59", "2026-03-02 13:00"),  # 7:59
        # Berlin's night of 29 March lacks an hour, the one of 25 October has one more.
        ("Europe/Berlin", "2026-03-28 22:00", "2026-03-29 06:00"),
        ("Europe/Berlin", "2026-10-24 21:00", "2026-10-25 07:00"),
    ],
)
def test_what_comes_at_night_leaves_in_the_morning_of_the_members_zone(zone: str, at: str, leaves: str) -> None:
    assert quiet.after_quiet(utc(at), zone=ZoneInfo(zone), **NIGHT) == utc(leaves)


def test_quiet_hours_that_end_in_the_skipped_hour_end_after_the_gap() -> None:
    # 2:30 doesn't exist in Berlin on 29 March 2026.
    zone = ZoneInfo("Europe/Berlin")
    assert quiet.after_quiet(utc("2026-03-28 23:00"), zone=zone, begins=time(22), ends=time(2, 30)) == utc("2026-03-29 01:30")


def test_quiet_hours_that_end_in_the_doubled_hour_end_at_its_first_passing() -> None:
    # 2:30 comes twice in Berlin on 25 October 2026: at 0:30 and 1:30 UTC.
    zone = ZoneInfo("Europe/Berlin")
    assert quiet.after_quiet(utc("2026-10-24 23:00"), zone=zone, begins=time(22), ends=time(2, 30)) == utc("2026-10-25 00:30")
    # 2:10 of the second passing: the end has been, we don't go back in time.
    assert quiet.after_quiet(utc("2026-10-25 01:10"), zone=zone, begins=time(22), ends=time(2, 30)) == utc("2026-10-25 01:10")


def test_quiet_hours_within_a_day() -> None:
    zone = ZoneInfo("Europe/Moscow")
    siesta = {"begins": time(13), "ends": time(15)}
    assert quiet.after_quiet(utc("2026-03-02 10:30"), zone=zone, **siesta) == utc("2026-03-02 12:00")
    assert quiet.after_quiet(utc("2026-03-02 20:30"), zone=zone, **siesta) == utc("2026-03-02 20:30")


@pytest.mark.parametrize(
    ("digest", "at", "leaves"),
    [
        (Digest.DAILY, "2026-03-02 05:59", "2026-03-02 06:00"),
        (Digest.DAILY, "2026-03-02 06:00", "2026-03-03 06:00"),
        (Digest.WEEKLY, "2026-03-02 05:00", "2026-03-02 06:00"),
        (Digest.WEEKLY, "2026-03-02 07:00", "2026-03-09 06:00"),
        (Digest.WEEKLY, "2026-03-05 07:00", "2026-03-09 06:00"),
    ],
)
def test_a_digest_leaves_at_nine(digest: Digest, at: str, leaves: str) -> None:
    assert quiet.next_digest(utc(at), zone=ZoneInfo("Europe/Moscow"), digest=digest) == utc(leaves)
