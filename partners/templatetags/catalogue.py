"""How the catalogue's pages write distances and opening hours."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import get_language, gettext, ngettext, pgettext

from loyalty.domain.cabinet import RatePart
from loyalty.enums import LotSource
from loyalty.templatetags.numbers import num, pct
from partners.domain import pictures
from partners.domain.outlets.hours import DayHours

register = template.Library()

WALKING_KM_A_MINUTE = Decimal("0.075")
WALKABLE_KM = 3


@register.filter
def distance(km: float | None) -> str:
    """How far: to 10 metres below a kilometre (“180 m”), then to 100 m (“1.4 km”), from 100 km on to the kilometre."""
    if km is None:
        return ""
    metres = int(Decimal(km * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * 10
    if metres < 1000:
        return gettext("%(number)s\u00a0m") % {"number": max(metres, 10)}
    places = Decimal("0.1") if km < 99.95 else Decimal(1)
    return gettext("%(number)s\u00a0km") % {"number": num(Decimal(km).quantize(places, rounding=ROUND_HALF_UP))}


@register.filter
def on_foot(km: float | None) -> str:
    """How long the walk is: “3 minutes on foot”; empty where nobody would walk."""
    if km is None or km > WALKABLE_KM:
        return ""
    minutes = max(1, int((Decimal(km) / WALKING_KM_A_MINUTE).quantize(Decimal(1), rounding=ROUND_HALF_UP)))
    return ngettext("%(number)s\u00a0minute on foot", "%(number)s\u00a0minutes on foot", minutes) % {"number": minutes}


@register.filter
def open_now(hours: DayHours | None) -> str:
    """In a list, after the distance: “till 22:00”, “around the clock”, “closed till 9:00”; empty where nothing is known."""
    if hours is None or not hours.is_known:
        return ""
    if hours.is_open:
        return gettext("till %(time)s") % {"time": _clock(hours.closes_at)} if hours.closes_at else gettext("around the clock")
    return gettext("closed till %(time)s") % {"time": _opens(hours)} if hours.opens_at else gettext("closed")


@register.filter
def open_state(hours: DayHours | None) -> str:
    """Next to a heading: “open till 22:00”, “open around the clock”, “closed till 9:00”."""
    if hours is None or not hours.is_known or not hours.is_open:
        return open_now(hours)
    return gettext("open till %(time)s") % {"time": _clock(hours.closes_at)} if hours.closes_at else gettext("open around the clock")


@register.filter
def periods(hours: DayHours | None) -> str:
    """The hours of a day: “09:00–13:00, 14:00–20:00”, “around the clock”, “closed”."""
    if hours is None:
        return ""
    if hours.around_the_clock:
        return gettext("around the clock")
    return ", ".join(period.text for period in hours.periods) or gettext("closed")


@register.filter
def weekday(day: date | None) -> str:
    """The name of a day of the week in a sentence: “Saturday”."""
    if day is None:
        return ""
    name = str(WEEKDAYS[day.weekday()])
    return name if (get_language() or "").startswith("en") else name.lower()


def _clock(at: datetime | None) -> str:
    # Aware in the outlet's own zone: its hours are those of its own clocks.
    return f"{at:%H:%M}" if at else ""


def _opens(hours: DayHours) -> str:
    assert hours.opens_at is not None
    if hours.day is None or hours.opens_at.date() == hours.day:
        return _clock(hours.opens_at)
    name = str(WEEKDAYS_ABBR[hours.opens_at.weekday()])
    return f"{name if (get_language() or '').startswith('en') else name.lower()}\u00a0{_clock(hours.opens_at)}"


@register.filter
def plus_pct(value: Any) -> str:
    """A percentage that is added: “+1 %”."""
    return f"+{pct(value)}"


@register.filter
def logo(digest: str) -> str:
    """The address of a partner's logo, small."""
    return pictures.url(digest, 96)


@register.simple_tag
def facts(*parts: object) -> str:
    """Short facts in a line, without the empty ones: “Café · 180 m · till 22:00”."""
    return " · ".join(str(part) for part in parts if part)


@register.filter
def dial(phone: str) -> str:
    """A phone as a tel: address takes it: digits with a leading plus."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return f"+{digits}" if phone.strip().startswith("+") else digits


@register.filter
def explained_pct(explanation: dict[str, Any] | None) -> Decimal:
    """The percentage that a purchase earned, all sources together; 0 where nothing is explained."""
    return sum((Decimal(part["pct"]) for part in (explanation or {}).get("parts", [])), Decimal(0))


@register.simple_tag
def share_line(share: Any) -> str:
    """How much of an order points may pay, as the end of a sentence; empty where they may not."""
    value = Decimal(share)
    if value <= 0:
        return ""
    if value == 100:
        return gettext("the whole order can be paid with them")
    if value == 50:
        return gettext("up to half of an order can be paid with them")
    return gettext("up to %(share)s of an order can be paid with them") % {"share": pct(value)}


@register.filter
def rate_title(part: RatePart) -> str:
    """Where a part of the rate comes from: “base”, “your level “Silver””, an offer by name."""
    if part.source == LotSource.BASE:
        return pgettext("rate", "base")
    return gettext("your level “%(name)s”") % {"name": part.name} if part.source == LotSource.LEVEL else part.name


@register.filter
def rate_pct(part: RatePart) -> str:
    """How much it gives; what comes on top of the base has a plus."""
    return pct(part.pct) if part.source == LotSource.BASE else plus_pct(part.pct)


@register.filter
def rate_told(part: RatePart) -> str:
    """Both in short, for a line: “base 2 %”, “your level +1 %”."""
    if part.source == LotSource.BASE:
        return gettext("base %(pct)s") % {"pct": pct(part.pct)}
    if part.source == LotSource.LEVEL:
        return gettext("your level %(pct)s") % {"pct": plus_pct(part.pct)}
    return f"{part.name} {plus_pct(part.pct)}"
