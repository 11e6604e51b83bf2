"""Weeks, months and days begin in the programme's zone: DST, 29 February, the end of a year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from quests.domain.periods import period_around
from quests.domain.rules import Window
from quests.enums import Period, Recurrence
from quests.models import Progress
from quests.triggers.base.conditions import Conditions
from quests.triggers.birthday import in_birthday_week
from quests.triggers.months import month_number
from quests.triggers.weeks import week_number
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, make_quest

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "period", "first", "after"),
    [
        # Clocks go forward on 29 March 2026 in Berlin: the day has 23 hours, the week 167.
        ("2026-03-29T00:30", Period.DAY, "2026-03-29T00:00", "2026-03-30T00:00"),
        ("2026-03-29T12:00", Period.WEEK, "2026-03-23T00:00", "2026-03-30T00:00"),
        ("2026-10-25T02:30", Period.DAY, "2026-10-25T00:00", "2026-10-26T00:00"),
        ("2028-02-29T23:59", Period.MONTH, "2028-02-01T00:00", "2028-03-01T00:00"),
        ("2026-12-31T23:59", Period.QUARTER, "2026-10-01T00:00", "2027-01-01T00:00"),
        ("2027-01-01T00:00", Period.YEAR, "2027-01-01T00:00", "2028-01-01T00:00"),
    ],
)
def test_periods_begin_and_end_at_midnight_of_the_zone(at: str, period: Period, first: str, after: str) -> None:
    def here(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN)

    assert period_around(here(at).astimezone(UTC), period, BERLIN) == (here(first), here(after))


def test_a_window_holds_its_start_and_not_its_end() -> None:
    start, end = datetime(2026, 3, 1, tzinfo=MOSCOW), datetime(2026, 4, 1, tzinfo=MOSCOW)
    window = Window(start, end)
    assert [window.holds(at) for at in (start - INSTANT, start, end - INSTANT, end)] == [False, True, True, False]
    assert Window(start, None).holds(end)


@pytest.mark.parametrize(
    ("hours", "counts"),
    [((9, 12), ["09:00", "11:59"]), ((22, 6), ["22:00", "05:59"]), ((None, 9), ["05:59", "06:00", "08:59"]), ((12, None), ["12:00", "21:59", "22:00"])],
)
def test_an_hour_of_a_condition_begins_at_its_start_and_ends_before_its_end(hours: tuple[int | None, int | None], counts: list[str]) -> None:
    conditions = Conditions(hour_from=hours[0], hour_to=hours[1])
    clocks = ["05:59", "06:00", "08:59", "09:00", "11:59", "12:00", "21:59", "22:00"]
    assert sorted(text for text in clocks if conditions.at_clock(datetime.fromisoformat(f"2026-03-02T{text}"))) == sorted(counts)


def test_weeks_and_months_are_numbered_across_the_end_of_a_year() -> None:
    sunday, monday = date(2027, 1, 3), date(2027, 1, 4)
    assert week_number(date(2026, 12, 28)) == week_number(sunday)
    assert week_number(monday) == week_number(sunday) + 1
    assert month_number(date(2027, 1, 1)) == month_number(date(2026, 12, 31)) + 1


@pytest.mark.parametrize(
    ("day", "birthday", "within"),
    [
        ("2026-02-28", (2, 29), True),
        ("2026-03-03", (2, 29), True),
        ("2026-03-04", (2, 29), False),
        ("2028-03-03", (2, 29), True),
        ("2028-02-25", (2, 29), False),
        ("2026-12-30", (1, 1), True),
        ("2027-01-02", (12, 31), True),
        ("2026-12-28", (1, 1), False),
    ],
)
def test_the_birthday_week_knows_29_february_and_new_year(day: str, birthday: tuple[int, int], within: bool) -> None:
    assert in_birthday_week(date.fromisoformat(day), birthday) is within


@pytest.mark.django_db
def test_a_streak_goes_on_over_new_year_and_a_missed_week_breaks_it() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest("weeks", "weeks", target=4)
    make_quest("months", "months", target=3)
    # Sunday 23:30 in Moscow is still the old week, though it is Sunday 20:30 in UTC; Monday 00:30 is the new one.
    for day in ("2025-12-14 23:30", "2025-12-22 00:30", "2026-01-04 23:30", "2026-01-05 00:30"):
        buy(partner, member.pk, moment(day))
    assert Progress.objects.get(quest__slug="weeks").value == 3
    buy(partner, member.pk, moment("2025-12-15 00:00"))
    weeks = Progress.objects.get(quest__slug="weeks")
    assert (weeks.rounds, weeks.completed_at) == (1, moment("2026-01-04 23:30"))
    buy(partner, member.pk, moment("2026-02-01 00:00"))
    assert Progress.objects.get(quest__slug="months").rounds == 1


@pytest.mark.django_db
def test_hours_and_days_are_those_of_the_programmes_clock() -> None:
    programme = make_programme(timezone="Europe/Berlin")
    member, partner = make_member(), make_partner()
    make_quest("morning", "hours", target=9, parameters={"hour_to": 11})
    make_quest("night", "hours", target=9, parameters={"hour_from": 22, "hour_to": 6})
    make_quest("sunday", "hours", target=9, parameters={"weekdays": [6]})
    # 10:59 in Berlin is 09:59 UTC in winter and 08:59 in summer.
    for day in ("2026-03-28 10:59", "2026-03-29 10:59", "2026-03-30 11:00", "2026-03-29 23:00", "2026-03-29 03:00"):
        buy(partner, member.pk, moment(day, programme))
    values = {row.quest.slug: int(row.value) for row in Progress.objects.select_related("quest")}
    assert values == {"morning": 3, "night": 2, "sunday": 3}


@pytest.mark.django_db
def test_a_month_of_a_leap_year_holds_its_last_day() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest("monthly", target=2, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH)
    for day in ("2024-02-01 00:00", "2024-02-29 23:59", "2024-03-01 00:00"):
        buy(partner, member.pk, moment(day))
    rows = Progress.objects.order_by("window_start")
    assert [(row.window_start, row.window_end, row.rounds) for row in rows] == [
        (moment("2024-02-01 00:00"), moment("2024-03-01 00:00"), 1),
        (moment("2024-03-01 00:00"), moment("2024-04-01 00:00"), 0),
    ]
