"""Instants as the days that members read."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.lib.clock import business_day


def last_day(end: datetime | None, zone: ZoneInfo) -> date | None:
    """The last business day before an end that doesn't count itself; None: there is no end."""
    return business_day(end - timedelta(microseconds=1), zone) if end is not None else None
