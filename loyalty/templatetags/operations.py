"""How the pages show an operation of the history: its picture, title, status and sums in words."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from loyalty.domain.cabinet import MonthEnd, MonthSums, Operation, SavedYear
from loyalty.enums import LotSource, Rounding
from loyalty.templatetags.dates import day_short, month_short
from loyalty.templatetags.history import kind_title
from loyalty.templatetags.numbers import money, negative, num, pct, signed
from loyalty.templatetags.symbols import Tag
from loyalty.web.charts import Chart

register = template.Library()


@dataclass(frozen=True, slots=True)
class Tile:
    """The picture of a row; `look` is the class of its ground."""

    icon: str
    look: str = ""


class Empty(NamedTuple):
    """What a shelf without operations says."""

    title: str | Promise
    text: str | Promise


_EMPTY = {
    "credited": Empty(_("Points that came will be here"), _("They come some days after a purchase")),
    "pending": Empty(_("No points are on their way"), _("They will appear here right after your next purchase")),
    "spent": Empty(_("Purchases paid with points will be here"), _("Show the card at a till and ask to pay with points")),
    "returns": Empty(_("No returns"), _("If you return something, it will show here which points came back")),
    "expired": Empty(_("Nothing has expired"), _("Keep it so: points are spent in the order in which they expire")),
}
_ROUNDINGS: dict[str, str | Promise] = {
    Rounding.UP: _("Rounded up"),
    Rounding.DOWN: _("Rounded down"),
    Rounding.HALF_UP: _("Rounded to the nearest"),
}


@register.filter
def nothing_on(shelf: str) -> Empty | None:
    """What stands in place of the operations of a shelf; None for the shelf of all."""
    return _EMPTY.get(shelf)


@register.filter
def tile(op: Operation) -> Tile:
    """What kind of operation it was, as a picture."""
    if op.void_expiry:
        return Tile("undo")
    if op.kind == "expiry":
        return Tile("flame")
    if op.entry.partner:
        category = op.entry.partner.category
        return Tile((category and category.icon) or "store")
    return Tile("gift", "b") if op.earned else Tile("minus")


@register.filter
def title(op: Operation) -> str:
    """Who or what moved the points: a partner, or what happened."""
    if op.void_expiry:
        return gettext("Expired points came back")
    if op.entry.partner and op.kind != "grant":
        return op.entry.partner.name
    return kind_title(op.entry.kind)


@register.filter
def status(op: Operation) -> Tag:
    """What became of the points, with the date: “waits until 4 Dec”, “credited 4 Dec”."""
    if op.waits_until and not _is_settled(op):
        return Tag("wait", "clock", gettext("waits until %(date)s") % {"date": day_short(op.waits_until)})
    if op.earned and op.available_on and not _is_settled(op):
        return Tag("ok", "check", gettext("credited %(date)s") % {"date": day_short(op.available_on)})
    return _undated_status(op)


@register.filter
def status_short(op: Operation) -> Tag:
    """The same beside an amount: “until 4 Dec”, “credited”."""
    if op.waits_until and not _is_settled(op):
        return Tag("wait", "clock", gettext("until %(date)s") % {"date": day_short(op.waits_until)})
    return _undated_status(op)


def _is_settled(op: Operation) -> bool:
    return op.void_expiry or op.kind in ("expiry", "return") or op.cancelled


def _undated_status(op: Operation) -> Tag:
    if op.void_expiry:
        return Tag("ok", "check", pgettext("status", "came back"))
    if op.kind == "expiry":
        return Tag("bad", "flame", pgettext("status", "expired"))
    if op.kind == "return" or op.cancelled:
        return Tag("", "undo", pgettext("status", "return"))
    if op.earned:
        return Tag("ok", "check", pgettext("status", "credited"))
    if op.taken:
        return Tag("", "minus", pgettext("status", "spent"))
    return Tag("", "info", pgettext("status", "no points"))


@register.filter
def amount_look(op: Operation) -> str:
    """The class of what it earned: lost, on its way, or there."""
    if op.cancelled:
        return "off"
    return "wait" if op.waits_until else "in"


@register.filter
def amount(op: Operation) -> SafeString:
    """What it took and what it earned, in one line: “−480 +64”; 0 where neither."""
    taken = negative(op.taken) if op.taken else ""
    earned = format_html('<span class="amt {}">{}</span>', amount_look(op), signed(op.earned)) if op.earned else ""
    return format_html_join(" ", "{}", ((part,) for part in (taken, earned) if part)) or SafeString("0")


@register.filter
def document(op: Operation, currency: str) -> str:
    """What it is of: “receipt 640 ₽”, “goods for 640 ₽”; empty where no document is behind it."""
    if op.kind == "receipt" and op.entry.order:
        return gettext("receipt %(money)s") % {"money": money(op.entry.order.total, currency)}
    if op.kind == "return" and op.entry.order_return:
        return gettext("goods for %(money)s") % {"money": money(op.entry.order_return.total, currency)}
    return ""


@register.filter
def moved(sums: MonthSums, shelf: str) -> list[str]:
    """The sums of a month that belong to a shelf: “pending 64”, “credited 1 240”."""
    words = {
        "pending": gettext("pending %(n)s"),
        "credited": gettext("credited %(n)s"),
        "spent": gettext("spent %(n)s"),
        "returns": gettext("taken back %(n)s"),
        "expired": gettext("expired %(n)s"),
    }
    shown = {"pending": sums.pending, "credited": sums.credited, "spent": sums.spent, "returns": sums.returned, "expired": sums.expired}
    return [words[name] % {"n": num(points)} for name, points in shown.items() if points and shelf in ("all", name)]


@register.filter
def months_told(chart: Chart) -> str:
    """The chart of balances for those who don't see it: “Sep 100, Oct 200”."""
    ends = [column.value for column in chart.columns if isinstance(column.value, MonthEnd)]
    return ", ".join(f"{month_short(end.first)} {num(end.points)}" for end in ends)


@register.filter
def years_told(chart: Chart, currency: str) -> str:
    """The chart of savings for those who don't see it: “2025 — ₽640, 2026 — ₽1,240”."""
    years = [column.value for column in chart.columns if isinstance(column.value, SavedYear)]
    return ", ".join(f"{saved.year} — {money(saved.money, currency)}" for saved in years)


@register.filter
def part_title(part: dict[str, Any]) -> str:
    """A line of an explanation: “Base 2 %”, “Level “Silver” +1 %”."""
    shown = {"name": part.get("name", ""), "rate": pct(part["pct"])}
    if part["source"] == LotSource.LEVEL:
        return gettext("Level “%(name)s” +%(rate)s") % shown
    if part["source"] == LotSource.OFFER:
        return gettext("Offer %(name)s +%(rate)s") % shown
    return gettext("Base %(rate)s") % shown


@register.filter
def rounding_words(rounding: str) -> str:
    """What made the points whole: “Rounded down”."""
    return str(_ROUNDINGS.get(rounding, _ROUNDINGS[Rounding.HALF_UP]))
