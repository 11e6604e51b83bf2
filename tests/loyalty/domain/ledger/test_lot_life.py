"""Worked examples: when lots begin and end."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loyalty.enums import EntryKind
from loyalty.lib.clock import end_of_day, start_of_day
from loyalty.models import Lot
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def lot_of(cast: Cast, bought: str) -> tuple[str, str | None]:
    """(available from, gone from) in the programme's zone."""
    cast.buy("o1", bought, "100.00")
    lot = Lot.objects.get()
    zone = cast.programme.zone
    return f"{lot.available_at.astimezone(zone):%Y-%m-%d %H:%M}", f"{lot.expires_at.astimezone(zone):%Y-%m-%d %H:%M}" if lot.expires_at else None


@pytest.mark.parametrize(
    ("changes", "bought", "begins", "ends"),
    [
        ({}, "2026-03-01 00:00", "2026-03-08 00:00", "2027-03-08 00:00"),
        ({}, "2026-03-01 23:59:59", "2026-03-08 00:00", "2027-03-08 00:00"),
        # 29 February 2024 + 7 = 7 March 2024; + 365 days = 7 March 2025 (the leap day is behind).
        ({}, "2024-02-29 12:00", "2024-03-07 00:00", "2025-03-07 00:00"),
        # Available 29 February 2024; 365 days later is 28 February 2025.
        ({}, "2024-02-22 12:00", "2024-02-29 00:00", "2025-02-28 00:00"),
        # Days run out on 10 March 2027 → gone from 1 April.
        ({"expiry_mode": "month_end"}, "2026-03-03 12:00", "2026-03-10 00:00", "2027-04-01 00:00"),
        # Run out on 31 March 2027 → 1 April; on 1 April 2027 → 1 May.
        ({"expiry_mode": "month_end"}, "2026-03-24 12:00", "2026-03-31 00:00", "2027-04-01 00:00"),
        ({"expiry_mode": "month_end"}, "2026-03-25 12:00", "2026-04-01 00:00", "2027-05-01 00:00"),
        # December: the next year begins.
        ({"expiry_mode": "month_end"}, "2026-12-20 12:00", "2026-12-27 00:00", "2028-01-01 00:00"),
        # February 2028 has a 29th: available 2027-02-28, runs out 2028-02-28, gone from 1 March.
        ({"expiry_mode": "month_end"}, "2027-02-21 12:00", "2027-02-28 00:00", "2028-03-01 00:00"),
        ({"expiry_mode": "year_end"}, "2026-03-03 12:00", "2026-03-10 00:00", "2028-01-01 00:00"),
        # Bought on 25 December 2025: available 1 January 2026, runs out 1 January 2027 → the whole of 2027.
        ({"expiry_mode": "year_end"}, "2025-12-25 12:00", "2026-01-01 00:00", "2028-01-01 00:00"),
        ({"expiry_mode": "year_end", "lifetime_days": 30}, "2026-03-03 12:00", "2026-03-10 00:00", "2027-01-01 00:00"),
        ({"expiry_mode": "never"}, "2026-03-03 12:00", "2026-03-10 00:00", None),
        ({"pending_days": 1, "lifetime_days": 1}, "2026-03-01 12:00", "2026-03-02 00:00", "2026-03-03 00:00"),
    ],
)
def test_lots_begin_and_end_at_the_start_of_a_business_day(changes: dict[str, object], bought: str, begins: str, ends: str | None) -> None:
    assert lot_of(Cast(**changes), bought) == (begins, ends)


def test_the_last_instants_of_a_lot() -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    assert cast.points("2026-03-01 11:59:59") == (0, 0, 0, 0)
    assert cast.points("2026-03-01 12:00") == (0, 100, 0, 0)
    assert cast.points("2026-03-07 23:59:59.999999") == (0, 100, 0, 0)
    assert cast.points("2026-03-08 00:00") == (100, 0, 0, 0)
    assert cast.points("2027-03-07 23:59:59.999999") == (100, 0, 0, 0)
    assert cast.points("2027-03-08 00:00") == (0, 0, 0, 0)
    assert cast.balance("2027-03-08 00:00").lifetime.expired == 100


def test_days_are_counted_in_the_programmes_zone_not_in_utc() -> None:
    # 23:30 in New York on 1 March is 04:30 UTC on 2 March.
    assert lot_of(Cast(timezone="America/New_York"), "2026-03-01 23:30") == ("2026-03-08 00:00", "2027-03-08 00:00")
    assert Lot.objects.get().available_at == datetime(2026, 3, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "bought", "begins"),
    [
        # Berlin goes to summer time on 29 March 2026: midnight is 23:00 UTC before and 22:00 UTC after.
        ("Europe/Berlin", "2026-03-22 12:00", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-23 12:00", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        # Back on 25 October 2026.
        ("Europe/Berlin", "2026-10-18 12:00", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-19 12:00", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        # São Paulo skipped midnight on 4 November 2018: the day began at 01:00, which is 03:00 UTC.
        ("America/Sao_Paulo", "2018-10-28 12:00", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        ("America/Sao_Paulo", "2018-10-27 12:00", datetime(2018, 11, 3, 3, tzinfo=UTC)),
        ("America/Sao_Paulo", "2018-10-29 12:00", datetime(2018, 11, 5, 2, tzinfo=UTC)),
        # On 18 February 2018 clocks went back at midnight to 23:00 of the 17th: the 18th began at 03:00 UTC.
        ("America/Sao_Paulo", "2018-02-11 12:00", datetime(2018, 2, 18, 3, tzinfo=UTC)),
    ],
)
def test_days_when_the_clocks_change(zone: str, bought: str, begins: datetime) -> None:
    lot_of(Cast(timezone=zone), bought)
    assert Lot.objects.get().available_at == begins


def test_a_business_day_ends_where_the_next_begins() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    assert end_of_day(date(2018, 11, 3), zone) + timedelta(microseconds=1) == start_of_day(date(2018, 11, 4), zone)
    assert start_of_day(date(2018, 2, 18), zone) - start_of_day(date(2018, 2, 17), zone) == timedelta(hours=25)
    # Havana has midnight twice on 1 November 2026: the day begins with the first.
    havana = ZoneInfo("America/Havana")
    assert start_of_day(date(2026, 11, 1), havana) == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_without_pending_days_points_serve_at_once_and_live_from_that_day() -> None:
    cast = Cast(pending_days=0, lifetime_days=10)
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    assert cast.points("2026-03-01 12:00") == (100, 0, 0, 0)
    assert cast.points("2026-03-01 11:59") == (0, 0, 0, 0)
    assert cast.points("2026-03-10 23:59") == (100, 0, 0, 0)
    assert cast.points("2026-03-11 00:00") == (0, 0, 0, 0)


def test_terms_override_pending_and_life() -> None:
    cast = Cast(terms={"pending_days": 14, "lifetime_days": 30})
    assert lot_of(cast, "2026-03-01 12:00") == ("2026-03-15 00:00", "2026-04-14 00:00")


@pytest.mark.parametrize("kind", [EntryKind.WELCOME, EntryKind.QUEST, EntryKind.REFERRAL, EntryKind.ADJUSTMENT, EntryKind.BIRTHDAY])
def test_points_given_by_the_programme_are_available_at_once(kind: EntryKind) -> None:
    cast = Cast()
    cast.give(300, "2026-03-01 12:00", kind=kind)
    assert cast.points("2026-03-01 12:00") == (300, 0, 0, 0)
    assert cast.points("2027-02-28 23:59") == (300, 0, 0, 0)
    assert cast.points("2027-03-01 00:00") == (0, 0, 0, 0)


def test_pending_and_expiring_by_date() -> None:
    cast = Cast(lifetime_days=20, expiring_window_days=10)
    cast.buy("o1", "2026-03-01 12:00", "100.00")  # 10 points from 8 March, gone from 28 March
    cast.buy("o2", "2026-03-01 18:00", "200.00")  # 20 points, the same days
    cast.buy("o3", "2026-03-03 12:00", "50.00")  # 5 points from 10 March, gone from 30 March
    assert cast.balance("2026-03-05 12:00").pending_by_date == {date(2026, 3, 8): 30, date(2026, 3, 10): 5}
    # The window of 10 days from 19 March reaches 29 March.
    assert cast.balance("2026-03-19 12:00").expiring_by_date == {date(2026, 3, 28): 30}
    assert cast.balance("2026-03-17 12:00").expiring_by_date == {}
    assert cast.balance("2026-03-20 12:00").expiring_by_date == {date(2026, 3, 28): 30, date(2026, 3, 30): 5}
    assert cast.balance("2026-03-20 12:00").expiring == 35
