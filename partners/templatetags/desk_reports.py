"""The words of statements and statistics."""

from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext, ngettext

from loyalty.domain.settlement import Movement, StatementLine
from loyalty.enums import EntryKind
from loyalty.templatetags.dates import day_short, month
from loyalty.templatetags.numbers import NBSP, money, num, pct
from loyalty.web.settlement import WHATS, reason_words

register = template.Library()
register.filter(reason_words)


@register.filter
def movement_words(row: Movement) -> str:
    """What moved points, and for what where that isn't the base rate: “Issued, for levels”."""
    words = str(WHATS[row.what])
    return f"{words}, {reason_words(row.reason)}" if row.what == "issued" and row.reason != "base" else words


@register.filter
def document_words(row: Movement) -> str:
    """The partner's number of the document; where it has none, what happened or that it happened elsewhere."""
    if row.document:
        return row.document
    return str(WHATS[row.what]) if row.reason == EntryKind.QUEST or row.what == "redeemed" else gettext("elsewhere")


@register.simple_tag
def line_words(line: StatementLine, currency: str) -> str:
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
