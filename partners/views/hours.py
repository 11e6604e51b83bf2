"""An outlet's hours of a day, by its own clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from loyalty.models import Programme
from partners.domain import hours
from partners.domain.hours import DayHours
from partners.models import Outlet


def hours_of(outlet: Outlet, *, programme: Programme, at: datetime) -> DayHours:
    """What the outlet's hours say at an instant."""
    try:
        zone = ZoneInfo(outlet.timezone) if outlet.timezone else programme.zone
    except (ZoneInfoNotFoundError, ValueError):
        zone = programme.zone
    return hours.today(outlet.hours, at=at, tz=zone)
