"""Days, months and times of day, as every page writes them: in the active time zone, with the year unless it is the current one."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext

from loyalty.templatetags.numbers import in_english

register = template.Library()


def _local(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """A date in a sentence: “28 November”, with the year unless it is the current one."""
    if value is None:
        return ""
    local = _local(value)
    text = date_format(local, "j\u00a0E", use_l10n=False)
    return text if local.year == timezone.localdate().year else f"{text} {local.year}"


@register.filter
def day_short(value: date | datetime | None) -> str:
    """A date in a list: “12 Dec”, with the year unless it is the current one."""
    if value is None:
        return ""
    local = _local(value)
    text = date_format(local, "j\u00a0M" if in_english() else "j\u00a0b", use_l10n=False)
    return text if local.year == timezone.localdate().year else f"{text} {local.year}"


@register.filter
def month(value: date) -> str:
    """A month as a heading: “November”, with the year unless it is the current one."""
    name = str(MONTHS[value.month])
    name = name[:1].upper() + name[1:]
    return name if value.year == timezone.localdate().year else f"{name} {value.year}"


@register.filter
def month_since(value: date) -> str:
    """A month in a sentence, after “since”: “March 2024”."""
    return gettext("%(month)s %(year)s") % {"month": date_format(value, "E", use_l10n=False), "year": value.year}


@register.filter
def month_short(value: date) -> str:
    """A month under a chart: “nov”, three letters."""
    return date_format(value, "M" if in_english() else "b", use_l10n=False)


@register.filter
def clock(value: datetime) -> str:
    """A time of day: “22:00”."""
    return f"{timezone.localtime(value):%H:%M}"
