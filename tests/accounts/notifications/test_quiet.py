from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.domain.notifications import decide, queue, quiet
from accounts.domain.notifications.preferences import Preferences
from accounts.domain.notifications.queue import Notice
from accounts.models import Message, NotificationSettings
from accounts.models.notification import Digest
from tests.accounts.notifications.cast import SENDER, make_reachable

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


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("counted", "at", "room"),
    [
        # The day of 29 March 2026 has 23 hours in Berlin, that of 25 October 25.
        ("2026-03-28 22:30", "2026-03-28 23:30", True),  # 23:30, and 0:30 of the next day
        ("2026-03-28 23:30", "2026-03-29 21:30", False),  # 0:30 and 23:30 of the short day
        ("2026-03-28 23:30", "2026-03-29 22:30", True),  # 23 hours on, it is tomorrow
        ("2026-10-24 22:30", "2026-10-25 22:30", False),  # 24 hours on, it is still today
        ("2026-10-25 00:30", "2026-10-25 01:30", False),  # 2:30, and 2:30 once more
        ("2026-10-24 22:30", "2026-10-25 23:30", True),
    ],
)
def test_a_cap_counts_the_members_days_however_long_they_are(counted: str, at: str, room: bool) -> None:
    wishes = Preferences(timezone="Europe/Berlin", cap_day=1, cap_week=9)
    assert decide.has_room([utc(counted)], wishes, at=utc(at), zone=ZoneInfo("Europe/Moscow")) is room


@pytest.mark.parametrize("first", ["2026-03-23 12:00", "2026-10-19 12:00"])
def test_a_week_of_the_cap_is_seven_days_across_the_change_of_clocks(first: str) -> None:
    wishes = Preferences(timezone="Europe/Berlin", cap_day=9, cap_week=1)
    local = utc(first).astimezone(BERLIN)
    for days, room in ((6, False), (7, True)):
        midnight = quiet.instant(local.date() + timedelta(days=days), time(0), BERLIN)
        assert decide.has_room([utc(first)], wishes, at=midnight, zone=BERLIN) is room
        assert decide.has_room([utc(first)], wishes, at=midnight + timedelta(hours=22, minutes=59), zone=BERLIN) is room


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    [
        ("Europe/Berlin", "2026-03-28 22:30", "2026-03-29 06:00"),  # the night that lacks an hour
        ("Europe/Berlin", "2026-10-24 21:30", "2026-10-25 07:00"),  # the night that has one more
        ("Asia/Kolkata", "2026-03-28 17:00", "2026-03-29 02:30"),
        ("Pacific/Chatham", "2026-04-04 09:00", "2026-04-04 19:15"),  # back from UTC+13:45 to +12:45
    ],
)
def test_what_a_night_holds_back_counts_for_the_day_on_which_it_leaves(zone: str, evening: str, morning: str) -> None:
    member = make_reachable(marketing=True)
    NotificationSettings.objects.create(member=member, timezone=zone, cap_day=1, cap_week=9)
    for n, at in enumerate((utc(evening), utc(morning) + timedelta(hours=5))):
        queue.tell([Notice(f"event:{n}", member.pk, "birthday")], sender=SENDER, now=at)
    first, second = Message.objects.filter(member=member, channel="email").order_by("pk")
    assert (first.state, first.due_at) == ("queued", utc(morning))
    assert (second.state, second.reason) == ("suppressed", "cap")
