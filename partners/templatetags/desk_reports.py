"""The words of statements and statistics."""

from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain.settlement import Line
from loyalty.enums import EntryKind
from loyalty.templatetags.cabinet import NBSP, day_short, money, month, num, pct

register = template.Library()

REASONS = {
    "base": _("at the base rate"),
    "level": _("for levels"),
    "offer": _("for offers"),
    "grace": _("given back before"),
    "grant": _("granted"),
}
WHATS = {
    "issued": _("Issued"),
    "taken_back": _("Taken back by a return"),
    "redeemed": _("Accepted"),
    "given_back": _("Given back by a return"),
    "fee": _("Fee"),
}


@register.filter
def reason_words(reason: str) -> str:
    """For what points were issued: “at the base rate”."""
    return str(REASONS[reason] if reason in REASONS else EntryKind(reason).label) if reason else ""


@register.filter
def what_words(what: str) -> str:
    """The kind of a movement: “Issued”."""
    return str(WHATS[what])


@register.simple_tag
def line_words(line: Line, currency: str) -> str:
    """A line of a statement: “Issued 20 844 points”."""
    shown = {"number": num(line.points)}
    match line.code:
        case "issued":
            return ngettext("Issued %(number)s point", "Issued %(number)s points", line.points) % shown
        case "taken_back":
            return ngettext("Taken back by returns: %(number)s point", "Taken back by returns: %(number)s points", line.points) % shown
        case "redeemed":
            return ngettext("Accepted %(number)s point", "Accepted %(number)s points", line.points) % shown
        case "given_back":
            return ngettext("Given back by returns: %(number)s point", "Given back by returns: %(number)s points", line.points) % shown
    return gettext("Fee, %(pct)s of the turnover of %(turnover)s") % {"pct": pct(line.pct), "turnover": money(line.turnover, currency)}


@register.filter
def span_words(bucket: Any) -> str:
    """A day or a week: “10 Mar”, “9–15 Mar”, “30 Mar – 5 Apr”."""
    first: date = bucket.first
    last: date = bucket.last
    if first == last:
        return day_short(first)
    if first.month == last.month and first.year == last.year:
        return f"{first.day}–{day_short(last)}"
    return f"{day_short(first)}{NBSP}– {day_short(last)}"


@register.filter
def month_value(value: date) -> str:
    """A month as it stands in an address: “2026-11”."""
    return f"{value:%Y-%m}"


@register.filter
def month_title(value: date) -> str:
    """A month as a heading."""
    return month(value)
