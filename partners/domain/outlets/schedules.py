"""When outlets are open by their own clocks: time zones, public holidays, and which schedules are open at an instant.

A schedule is the text of Outlet.schedule: time zone, country and hours with lines between them. Many outlets share one.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from loyalty.lib.clock import zone_names
from loyalty.lib.errors import DomainError
from partners.domain.outlets import hours
from partners.domain.outlets.hours import DayHours
from partners.models import Outlet

# Countries whose other zones are islands and outposts (CLDR's primary zones).
_PRIMARY = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def today(outlet: Outlet, *, at: datetime, default: ZoneInfo) -> DayHours:
    """An outlet's hours at an instant, in its own zone; `default` is the programme's."""
    zone = zone_of(outlet.timezone, outlet.country, default=default)
    return hours.today(outlet.hours, at=at, tz=zone, holidays=_holidays_around(outlet.country, at.astimezone(zone).year))


def open_at(schedules: Iterable[str], *, at: datetime, default: ZoneInfo) -> set[str]:
    """Those of the schedules by which it is open at an instant; unknown hours are not open."""
    found = set()
    local: dict[tuple[str, str], tuple[datetime, frozenset[date]]] = {}
    for schedule in schedules:
        timezone, country, text = schedule.split("|", 2)
        week = hours.read(text)
        if week is None:
            continue
        clock = local.get((timezone, country))
        if clock is None:
            there = at.astimezone(zone_of(timezone, country, default=default))
            clock = local[timezone, country] = there, _holidays_around(country, there.year)
        if week.is_open(*clock):
            found.add(schedule)
    return found


def zone_of(timezone: str, country: str, *, default: ZoneInfo) -> ZoneInfo:
    """An outlet's zone: its own, else the only one of its country, else the default."""
    name = timezone or only_zone(country)
    return ZoneInfo(name) if name else default


@lru_cache(maxsize=300)
def only_zone(country: str) -> str:
    """The zone of a country (ISO 3166, two letters) that has one, or one for nearly everybody; empty for others."""
    zones = get_global("territory_zones").get(country.upper(), [])
    return zones[0] if len(zones) == 1 else _PRIMARY.get(country.upper(), "")


def check_zone(name: str) -> str:
    """A zone's name as it should be, empty stays empty. Raises DomainError bad_timezone."""
    name = name.strip()
    if name and name not in zone_names():
        raise DomainError("bad_timezone", f"“{name[:64]}” is no time zone. Write it as in: Europe/Moscow.")
    return name


@lru_cache(maxsize=600)
def _holidays_around(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country in a year and its neighbours; none for a country that isn't known."""
    # Calendars of all countries, which take as long to load as Django's models.
    import holidays as holiday_calendars

    try:
        return frozenset(holiday_calendars.country_holidays(country.upper(), years=range(year - 1, year + 2)))
    except NotImplementedError:
        return frozenset()
