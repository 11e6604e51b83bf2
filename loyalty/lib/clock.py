"""Business days: instants are UTC, days begin and end in the programme's time zone."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zone_names() -> frozenset[str]:
    """The names of the IANA time zone database. Python opens six hundred files to find them."""
    return frozenset(available_timezones())


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a business day, in UTC.

    Where clocks skip midnight, that is the first instant after the gap; where midnight comes twice, the first.
    """
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def business_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in the programme's zone."""
    return instant.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last instant of a business day that the database can tell (microseconds), in UTC."""
    return start_of_day(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def last_day_of_month(day: date) -> date:
    """The last day of the month that holds `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 date-time as UTC; a naive one is in the programme's zone. Raises ValueError otherwise.

    A bare date is refused here: it has no instant.
    """
    text = text.strip()
    if len(text) <= 10:
        raise ValueError(f"“{text}” has no time of day")
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=zone)
    return parsed.astimezone(UTC)


def parse_day_or_instant(text: str, zone: ZoneInfo) -> datetime:
    """An ISO date (meaning the end of that business day) or a date-time, as UTC. Raises ValueError."""
    text = text.strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return parse_instant(text, zone)
    return end_of_day(day, zone)
