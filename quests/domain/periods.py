"""Calendar periods of the programme's zone."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from loyalty.lib.clock import business_day, start_of_day
from quests.enums import Period


def period_around(at: datetime, period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of the period that holds `at`, and the first after it. Weeks begin on Monday."""
    return _bounds(business_day(at, zone), period, zone)


@lru_cache(maxsize=4096)
def _bounds(day: date, period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first = _first_day(day, period)
    return start_of_day(first, zone), start_of_day(_next(first, period), zone)


def _first_day(day: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return date(day.year, 1, 1)


def _next(first: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return first + timedelta(days=1)
        case Period.WEEK:
            return first + timedelta(days=7)
    months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
