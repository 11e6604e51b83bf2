"""Opening hours as text, a part of the OSM syntax: “Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off”, “24/7”.

Later rules win for the days they name, as in OSM; PH are public holidays, which else have the hours of their weekday. Days
begin at midnight of the outlet's own zone; hours past midnight belong to the day on which they began.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from loyalty.lib.errors import DomainError

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = "PH"
_RUSSIAN = dict(zip(("пн", "вт", "ср", "чт", "пт", "сб", "вс"), DAYS, strict=True))
_DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_SELECTOR = re.compile(r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)(?:\s*[-,]\s*(?:Mo|Tu|We|Th|Fr|Sa|Su|PH))*")
# “Mo-Fr 9:00-18:00, Sa 10:00-14:00”: a comma before a day begins a rule of its own.
_COMMA_RULE = re.compile(r"(?<=[\dfd])\s*,\s*(?=(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)\b)")
_MAX = 300


@dataclass(slots=True, frozen=True)
class Period:
    """Minutes from the midnight that begins the day; the end may lie past 1440 (after the next midnight)."""

    begins: int
    ends: int

    @property
    def text(self) -> str:
        """As in “09:00–13:00”."""
        return f"{_clock(self.begins)}–{_clock(self.ends)}"


ALL_DAY = (Period(0, _DAY_MINUTES),)


@dataclass(slots=True, frozen=True)
class Week:
    """Periods of Monday … Sunday, and of public holidays (None: as on their weekday)."""

    days: tuple[tuple[Period, ...], ...]
    holiday: tuple[Period, ...] | None = None

    @property
    def never_closes(self) -> bool:
        """Around the clock, holidays too."""
        return all(day == ALL_DAY for day in self.days) and self.holiday in (None, ALL_DAY)

    def on(self, day: date, holidays: Collection[date]) -> tuple[Period, ...]:
        """The periods of a date."""
        return self.holiday if self.holiday is not None and day in holidays else self.days[day.weekday()]

    def is_open(self, local: datetime, holidays: Collection[date]) -> bool:
        """Whether it is open by the outlet's own clock."""
        day, minute = local.date(), local.hour * 60 + local.minute
        if any(period.begins <= minute < period.ends for period in self.on(day, holidays)):
            return True
        late = minute + _DAY_MINUTES
        return any(late < period.ends for period in self.on(day - timedelta(days=1), holidays) if period.ends > _DAY_MINUTES)


@dataclass(slots=True, frozen=True)
class DayHours:
    """What an outlet's hours say at an instant. Instants are aware, in the outlet's zone.

    `is_known` is false without hours or with hours that can't be read: then nothing else is known.
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


UNKNOWN = DayHours(is_known=False, is_open=False)


def check(text: str) -> str:
    """The hours in their canonical form; empty stays empty. Raises DomainError bad_hours with a sentence that names the place."""
    text = " ".join(text.split())
    if len(text) > _MAX:
        raise DomainError("bad_hours", f"Opening hours are at most {_MAX} characters.")
    return canonical(parse(text)) if text else ""


def today(hours: str, *, at: datetime, tz: ZoneInfo, holidays: Collection[date] = frozenset()) -> DayHours:
    """Whether it is open at an instant, until when, or when it opens next, and the periods of that day."""
    week_hours = read(hours)
    if week_hours is None:
        return UNKNOWN
    local = at.astimezone(tz)
    day = local.date()
    is_open = week_hours.is_open(local, holidays)
    opens_at = closes_at = None
    wall = local.replace(tzinfo=None)
    for begins, ends in _merged(week_hours, day, holidays):
        if is_open and begins <= wall < ends:
            # What runs on to the end of the days that were looked at never closes.
            closes_at = ends.replace(tzinfo=tz) if ends < datetime.combine(day, time.min) + timedelta(days=7) else None
            break
        if not is_open and begins > wall:
            opens_at = begins.replace(tzinfo=tz)
            break
    return DayHours(
        is_known=True,
        is_open=is_open,
        closes_at=closes_at,
        opens_at=opens_at,
        periods=week_hours.on(day, holidays),
        around_the_clock=week_hours.never_closes,
        is_holiday=day in holidays,
        day=day,
    )


def _merged(week_hours: Week, day: date, holidays: Collection[date]) -> Iterator[tuple[datetime, datetime]]:
    """Times of opening from the day before to a week after, by the wall clock; what touches is one."""
    running: tuple[datetime, datetime] | None = None
    for offset in range(-1, 8):
        midnight = datetime.combine(day + timedelta(days=offset), time.min)
        for period in week_hours.on(midnight.date(), holidays):
            begins, ends = midnight + timedelta(minutes=period.begins), midnight + timedelta(minutes=period.ends)
            if running and begins <= running[1]:
                running = running[0], max(running[1], ends)
                continue
            if running:
                yield running
            running = begins, ends
    if running:
        yield running


def week(hours: str) -> list[tuple[str, tuple[Period, ...]]]:
    """The hours for a table: neighbouring days with the same periods together, as in (“Mo-Fr”, periods); PH last if it is named.

    Empty for hours that can't be read; empty periods are days off.
    """
    found = read(hours)
    return _groups(found) if found else []


@lru_cache(maxsize=20_000)
def read(hours: str) -> Week | None:
    """The week that a text means, None for one that can't be read."""
    try:
        return parse(" ".join(hours.split())) if hours.strip() else None
    except DomainError:
        return None


def canonical(week_hours: Week) -> str:
    """The shortest usual text of a week."""
    if week_hours.never_closes:
        return "24/7"
    return "; ".join(f"{days} {','.join(_plain(one) for one in periods) or 'off'}" for days, periods in _groups(week_hours))


def _groups(week_hours: Week) -> list[tuple[str, tuple[Period, ...]]]:
    groups: list[tuple[int, int, tuple[Period, ...]]] = []
    for day, periods in enumerate(week_hours.days):
        if groups and groups[-1][2] == periods:
            groups[-1] = groups[-1][0], day, periods
        else:
            groups.append((day, day, periods))
    named = [(DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}", periods) for first, last, periods in groups]
    return [*named, (_HOLIDAY, week_hours.holiday)] if week_hours.holiday is not None else named


def parse(text: str) -> Week:
    """The week that a text means. Raises DomainError bad_hours."""
    plain = _translated(text)
    if plain == "24/7":
        return Week((ALL_DAY,) * 7)
    days: list[tuple[Period, ...]] = [()] * 7
    holiday: tuple[Period, ...] | None = None
    for rule in filter(None, (part.strip() for part in _COMMA_RULE.sub(";", plain).split(";"))):
        selector = _SELECTOR.match(rule)
        named = _days(selector.group()) if selector else {*range(7)}
        periods = _periods(rule[selector.end() :].strip(" :") if selector else rule, rule)
        for day in named - {7}:
            days[day] = periods
        if 7 in named:
            holiday = periods
    return Week(tuple(days), holiday)


def _translated(text: str) -> str:
    """Dashes, Russian names of days and some words as OSM writes them."""
    plain = text.replace("–", "-").replace("—", "-").replace("−", "-")
    low = plain.lower()
    if low in ("круглосуточно", "24/7", "mo-su 00:00-24:00", "around the clock"):
        return "24/7"
    plain = re.sub(r"\bежедневно\b,?", "Mo-Su", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\b(?:выходной|закрыто|closed)\b", "off", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\b(?:пн|вт|ср|чт|пт|сб|вс)\b\.?", lambda found: _RUSSIAN[found.group()[:2].lower()], plain, flags=re.IGNORECASE)
    return re.sub(r"\b(?:mo|tu|we|th|fr|sa|su|ph)\b", lambda found: _spelt(found.group()), plain, flags=re.IGNORECASE)


def _spelt(day: str) -> str:
    return _HOLIDAY if day.upper() == _HOLIDAY else day.capitalize()


def _days(selector: str) -> set[int]:
    """Days by number, public holidays as 7. A range may pass Sunday."""
    found: set[int] = set()
    for part in selector.replace(" ", "").split(","):
        first, _dash, last = part.partition("-")
        if _HOLIDAY in (first, last):
            if last:
                raise DomainError("bad_hours", f"“{part}” is no range of days: PH stands alone, as in: Su,PH off.")
            found.add(7)
            continue
        begins, ends = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begins, ends + (1 if ends >= begins else 8))}
    return found


def _periods(text: str, rule: str) -> tuple[Period, ...]:
    if text == "off":
        return ()
    if text in ("24/7", "00:00-24:00"):
        return ALL_DAY
    periods = []
    for part in text.split(","):
        span = _SPAN.fullmatch(part.strip())
        if span is None:
            raise DomainError("bad_hours", f"“{rule[:60]}” can't be read. Write days and times, as in: Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off.")
        from_hour, from_minute, to_hour, to_minute = map(int, span.groups())
        begins, ends = from_hour * 60 + from_minute, to_hour * 60 + to_minute
        if from_minute > 59 or to_minute > 59 or from_hour > 23 or ends > 2 * _DAY_MINUTES:
            raise DomainError("bad_hours", f"“{part.strip()}” is no time of day: hours are 00 to 24, minutes 00 to 59.")
        periods.append(Period(begins, ends if ends > begins else ends + _DAY_MINUTES))
    periods.sort(key=lambda period: period.begins)
    if any(one.ends > other.begins for one, other in pairwise(periods)):
        raise DomainError("bad_hours", f"The times in “{rule[:60]}” overlap.")
    return tuple(periods)


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return "24:00" if minutes == _DAY_MINUTES else f"{hours % 24:02}:{rest:02}"


def _plain(period: Period) -> str:
    return f"{_clock(period.begins)}-{_clock(period.ends)}"
