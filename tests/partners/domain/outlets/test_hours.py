"""Opening hours: reading them, and what they say at an instant by the outlet's own clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from loyalty.lib.errors import DomainError
from partners.domain.outlets import hours, schedules
from partners.domain.outlets.hours import DayHours, check, today, week
from partners.models import Outlet

MOSCOW, NEW_YORK, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def at(text: str, hours_text: str, *, holidays: frozenset[date] = frozenset(), zone: ZoneInfo = MOSCOW) -> DayHours:
    """2026-11-23 is a Monday."""
    return today(hours_text, at=datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC), tz=zone, holidays=holidays)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("24/7", "24/7"),
        ("круглосуточно", "24/7"),
        ("Mo-Su 00:00-24:00; PH 00:00-24:00", "24/7"),
        ("Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off", "Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off"),
        ("mo-fr 9:00 - 18:00", "Mo-Fr 09:00-18:00; Sa-Su off"),
        ("10:00-22:00", "Mo-Su 10:00-22:00"),
        ("Пн–Пт 9:00–18:00, Сб 10:00–15:00, Вс выходной", "Mo-Fr 09:00-18:00; Sa 10:00-15:00; Su off"),
        ("Mo-Su 10:00-20:00; We off", "Mo-Tu 10:00-20:00; We off; Th-Su 10:00-20:00"),
        ("Sa-Mo 12:00-24:00", "Mo 12:00-24:00; Tu-Fr off; Sa-Su 12:00-24:00"),
        ("Mo-Fr 09:00-18:00; Su,PH off", "Mo-Fr 09:00-18:00; Sa-Su off; PH off"),
    ],
)
def test_hours_have_one_canonical_form(text: str, canonical: str) -> None:
    assert check(text) == canonical
    assert check(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Mo-Fr", "can't be read"),
        ("by appointment", "can't be read"),
        ("Mo-Fr 09:00-18:00 Sa 10:00-12:00", "can't be read"),
        ("Jun-Aug Mo 10:00-12:00", "can't be read"),
        ("Mo 25:00-26:00", "no time of day"),
        ("Mo 10:61-12:00", "no time of day"),
        ("Mo 10:00-14:00,13:00-18:00", "overlap"),
        ("Mo-PH 10:00-14:00", "PH stands alone"),
        ("Mo 10:00-12:00;" * 30, "at most 300"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_a_sentence(text: str, answer: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check(text)
    assert refusal.value.code == "bad_hours"
    assert answer in refusal.value.message


def test_a_break_at_noon() -> None:
    text = "Mo-Fr 09:00-13:00,14:00-20:00"
    morning, lunch, evening = at("2026-11-23 12:59", text), at("2026-11-23 13:00", text), at("2026-11-23 20:00", text)
    assert (morning.is_open, morning.closes_at) == (True, datetime(2026, 11, 23, 13, tzinfo=MOSCOW))
    assert (lunch.is_open, lunch.opens_at) == (False, datetime(2026, 11, 23, 14, tzinfo=MOSCOW))
    assert (evening.is_open, evening.opens_at) == (False, datetime(2026, 11, 24, 9, tzinfo=MOSCOW))
    assert [period.text for period in lunch.periods] == ["09:00–13:00", "14:00–20:00"]


def test_past_midnight_belongs_to_the_day_before() -> None:
    text = "Fr-Sa 18:00-02:00"
    night = at("2026-11-29 01:30", text)  # Sunday
    assert (night.is_open, night.closes_at, night.periods) == (True, datetime(2026, 11, 29, 2, tzinfo=MOSCOW), ())
    assert at("2026-11-29 02:00", text).opens_at == datetime(2026, 12, 4, 18, tzinfo=MOSCOW)
    assert at("2026-11-28 19:00", text).closes_at == datetime(2026, 11, 29, 2, tzinfo=MOSCOW)


def test_around_the_clock_never_closes() -> None:
    answer = at("2026-11-23 03:00", "24/7")
    assert (answer.is_open, answer.closes_at, answer.opens_at, answer.around_the_clock) == (True, None, None, True)


def test_a_night_between_two_whole_days_is_no_closing() -> None:
    assert at("2026-11-23 23:00", "Mo-Tu 00:00-24:00").closes_at == datetime(2026, 11, 25, tzinfo=MOSCOW)


def test_a_public_holiday_has_its_own_rule() -> None:
    day = frozenset({date(2026, 11, 23)})
    assert at("2026-11-23 12:00", "Mo-Fr 09:00-18:00; PH off", holidays=day).is_open is False
    short = at("2026-11-23 12:00", "Mo-Fr 09:00-18:00; PH 11:00-15:00", holidays=day)
    assert (short.is_open, short.is_holiday, short.closes_at) == (True, True, datetime(2026, 11, 23, 15, tzinfo=MOSCOW))
    assert at("2026-11-23 12:00", "Mo-Fr 09:00-18:00", holidays=day).is_open is True


def test_hours_are_of_the_outlets_own_clock() -> None:
    instant = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # 11:30 in Moscow, 03:30 in New York
    assert today("Mo-Fr 09:00-18:00", at=instant, tz=MOSCOW).is_open
    answer = today("Mo-Fr 09:00-18:00", at=instant, tz=NEW_YORK)
    assert (answer.is_open, answer.opens_at) == (False, datetime(2026, 11, 23, 9, tzinfo=NEW_YORK))


def test_the_night_when_clocks_change() -> None:
    # 2026-10-25 03:00 → 02:00 in Berlin: 22:00–06:00 is nine hours long.
    answer = at("2026-10-25 01:00", "Sa 22:00-06:00", zone=BERLIN)
    assert (answer.is_open, answer.closes_at) == (True, datetime(2026, 10, 25, 6, tzinfo=BERLIN))


def test_unknown_hours_tell_nothing() -> None:
    assert at("2026-11-23 12:00", "") == at("2026-11-23 12:00", "ask us") == hours.UNKNOWN


def test_a_table_of_the_week_joins_equal_days() -> None:
    assert [(days, [one.text for one in periods]) for days, periods in week("Mo-Fr 09:00-18:00; Sa 10:00-15:00; PH off")] == [
        ("Mo-Fr", ["09:00–18:00"]),
        ("Sa", ["10:00–15:00"]),
        ("Su", []),
        ("PH", []),
    ]


def test_zones_are_the_outlets_own_else_the_countrys_else_the_programmes() -> None:
    assert schedules.zone_of("Asia/Omsk", "RU", default=MOSCOW).key == "Asia/Omsk"
    assert schedules.zone_of("", "LV", default=MOSCOW).key == "Europe/Riga"
    assert schedules.zone_of("", "CN", default=MOSCOW).key == "Asia/Shanghai"
    assert schedules.zone_of("", "RU", default=MOSCOW).key == "Europe/Moscow"
    with pytest.raises(DomainError, match="no time zone"):
        schedules.check_zone("Mars/Olympus")


def test_open_schedules_know_zones_and_holidays() -> None:
    new_year = datetime(2027, 1, 1, 12, tzinfo=UTC)  # a Friday, and a holiday
    open_now = schedules.open_at(
        ["|RU|Mo-Fr 09:00-18:00", "|RU|Mo-Fr 09:00-18:00; PH off", "America/New_York|US|Mo-Fr 09:00-18:00", "||", "|XX|24/7", "|RU|no"],
        at=new_year,
        default=MOSCOW,
    )
    assert open_now == {"|RU|Mo-Fr 09:00-18:00", "|XX|24/7"}
    outlet = Outlet(hours="Mo-Fr 09:00-18:00; PH off", country="RU", timezone="")
    answer = schedules.today(outlet, at=new_year, default=MOSCOW)
    assert (answer.is_open, answer.is_holiday) == (False, True)
