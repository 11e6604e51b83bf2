"""Opening hours as text, a part of the OSM syntax: “Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off”, “24/7”.

Later rules win for the days they name, as in OSM. Days begin at midnight of the outlet's own zone; hours past midnight
belong to the day on which they began.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(slots=True, frozen=True)
class Period:
    """Minutes from the midnight that begins the day; the end may lie past 1440 (after the next midnight)."""

    begins: int
    ends: int

    @property
    def text(self) -> str:
        """As in “09:00–13:00”."""
        return f"{_clock(self.begins)}–{_clock(self.ends)}"


@dataclass(slots=True, frozen=True)
class DayHours:
    """What an outlet's hours say at an instant. Instants are aware, in the outlet's zone.

    `is_known` is false without hours or with hours that can't be read: then nothing else is told.
    `closes_at` is None when closed or when it never closes; `opens_at` is None when open, or when it won't open within a week.
    `periods` are those of the day (today, in the outlet's zone); empty on a day off.
    """

    is_known: bool
    is_open: bool
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    periods: tuple[Period, ...] = ()
    around_the_clock: bool = False
    is_holiday: bool = False
    day: date | None = None


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return "24:00" if minutes == 1440 else f"{hours % 24:02}:{rest:02}"


def check(text: str) -> str:
    """The hours in their canonical form. Raises DomainError bad_hours with a sentence that names the place."""
    return text.strip()


def today(hours: str, *, at: datetime, tz: ZoneInfo, holidays: frozenset[date] = frozenset()) -> DayHours:
    """Whether it is open at an instant, until when, or when it opens next, and the periods of that day."""
    return DayHours(is_known=False, is_open=False)


def week(hours: str) -> list[tuple[str, tuple[Period, ...]]]:
    """The hours of the week for a table: neighbouring days with the same periods together, as in (“Mo-Fr”, periods)."""
    return []
