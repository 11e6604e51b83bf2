"""Filters and tags of every page: numbers, points, money, dates, cards, contacts, icons.

Russian: U+00A0 between digit groups and before a unit, U+2212 for minus, decimal comma. English: commas and
a decimal point. Words agree with numbers through ngettext.
"""

import re
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from loyalty.enums import EntryKind

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
# Currencies that people know by a sign; any other is written by its code.
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "RON": "lei"}


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _grouped(number: Decimal, places: int) -> str:
    """Digits of a non-negative number in the page's language, without trailing zeros unless they are kopecks."""
    text = f"{number:,.{places}f}"
    if _english():
        return text
    return text.replace(",", NBSP).replace(".", ",")


def _places(number: Decimal, most: int) -> int:
    """How many decimal places a number really uses, at most `most`."""
    exponent = number.quantize(Decimal(1).scaleb(-most), rounding=ROUND_DOWN).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@register.filter
def num(value: Any, most: int = 4) -> str:
    """A number with grouped digits: 3240 → “3 240”; at most 4 decimals (or as many as asked for), the rest cut off."""
    number = _cut(value, most)
    digits = _grouped(abs(number), _places(abs(number), most))
    return f"{MINUS}{digits}" if number < 0 else digits


def _cut(value: Any, places: int) -> Decimal:
    return Decimal(value or 0).quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)


@register.filter
def signed(value: Any, most: int = 2) -> str:
    """A change: “+64”, “−480”, “+38,4”."""
    number = _cut(value, most)
    return num(number, most) if number <= 0 else f"+{num(number, most)}"


@register.filter
def points(value: Any) -> str:
    """A number of points in words: “1 240 points”."""
    count = int(value or 0)
    return ngettext("%(number)s\u00a0point", "%(number)s\u00a0points", abs(count)) % {"number": num(count)}


@register.filter
def point_word(value: Any) -> str:
    """The word that goes with a number shown beside it."""
    return ngettext("point", "points", abs(int(value or 0)))


@register.filter
def days(value: Any) -> str:
    """A length in days: “7 days”."""
    count = int(value or 0)
    return ngettext("%(number)s\u00a0day", "%(number)s\u00a0days", count) % {"number": num(count)}


@register.filter
def money(value: Any, currency: str = "RUB") -> str:
    """Money in the programme's currency; kopecks only where there are any: “640 ₽”, “£5.95”."""
    number = Decimal(value or 0).quantize(Decimal("0.01"))
    digits = _grouped(abs(number), 0 if number == number.to_integral_value() else 2)
    sign = SIGNS.get(currency, currency)
    minus = MINUS if number < 0 else ""
    if not _english():
        return f"{minus}{digits}{NBSP}{sign}"
    return f"{minus}{sign}{digits}" if len(sign) == 1 else f"{minus}{digits}{NBSP}{sign}"


@register.filter
def exact_money(value: Any, currency: str = "RUB") -> str:
    """Money that may be less than a kopeck, as the value of a point: “0,125 ₽”."""
    number, sign = Decimal(value or 0), SIGNS.get(currency, currency)
    if _places(number, 4) <= 2:
        return money(number, currency)
    return f"{sign}{num(number)}" if _english() and len(sign) == 1 else f"{num(number)}{NBSP}{sign}"


@register.filter
def minus_money(value: Any, currency: str = "RUB") -> str:
    """Money that was taken off: “−480 ₽”."""
    return money(-Decimal(value or 0), currency)


@register.filter
def negative(value: Any) -> str:
    """Points that were taken off: “−480”."""
    return num(-Decimal(value or 0))


@register.filter
def pct(value: Any) -> str:
    """A rate in percent: “2,5 %” in Russian, “2.5%” in English."""
    return f"{num(value)}%" if _english() else f"{num(value)}{NBSP}%"


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
    text = date_format(local, "j\u00a0M" if _english() else "j\u00a0b", use_l10n=False)
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
    return date_format(value, "M" if _english() else "b", use_l10n=False)


@register.filter
def clock(value: datetime) -> str:
    """A time of day: “22:00”."""
    return f"{timezone.localtime(value):%H:%M}"


@register.filter
def card_groups(number: str) -> str:
    """A card number in groups of four, which may break only in the middle: “9040 2817 5536 0142”."""
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    return " ".join(NBSP.join(groups[i : i + 2]) for i in range(0, len(groups), 2))


@register.filter
def masked_phone(value: Any) -> str:
    """A phone without its middle: “+7 900 •••-••-42”."""
    digits = "".join(c for c in str(value or "") if c.isdigit())
    if len(digits) < 8:
        return ""
    national, country = digits[-10:], digits[:-10]
    prefix = f"+{country}{NBSP}{national[:3]}" if country else f"+{digits[:3]}"
    return f"{prefix}{NBSP}•••-••-{digits[-2:]}"


@register.filter
def masked_email(value: str | None) -> str:
    """An address without its name: “m•••@example.org”."""
    name, at, host = (value or "").partition("@")
    return f"{name[:1]}•••@{host}" if at else ""


@register.filter
def masked(value: Any) -> str:
    """A masked contact, whichever it is."""
    text = str(value or "")
    return masked_email(text) if "@" in text else masked_phone(text)


# What an entry that no purchase explains is called.
TITLES = {
    EntryKind.REDEMPTION: gettext_lazy("Points spent"),
    EntryKind.EXPIRY: gettext_lazy("Points ran out"),
    EntryKind.TRANSFER_OUT: gettext_lazy("Sent to a member"),
    EntryKind.TRANSFER_IN: gettext_lazy("Received from a member"),
    EntryKind.ADJUSTMENT: gettext_lazy("Adjustment"),
    EntryKind.QUEST: gettext_lazy("Quest reward"),
    EntryKind.REFERRAL: gettext_lazy("For an invited friend"),
    EntryKind.WELCOME: gettext_lazy("Welcome points"),
    EntryKind.BIRTHDAY: gettext_lazy("Birthday points"),
    EntryKind.REWARD: gettext_lazy("Reward"),
    EntryKind.OFFER: gettext_lazy("Offer"),
    EntryKind.IMPORT: gettext_lazy("Opening balance"),
    EntryKind.RETURN_ACCRUAL: gettext_lazy("Return"),
    EntryKind.RETURN_REDEMPTION: gettext_lazy("Return"),
    EntryKind.ACCRUAL: gettext_lazy("Purchase"),
}


@register.filter
def kind_title(kind: str) -> str:
    """What happened, in words: “Welcome points”."""
    return str(TITLES[EntryKind(kind)])


@register.filter
def rounding_gap(explanation: dict[str, Any]) -> Decimal:
    """What rounding added or took, so that the parts shown (2 decimals) and the total add up."""
    return Decimal(explanation["total"]) - sum((_cut(part["exact"], 2) for part in explanation["parts"]), Decimal(0))


@register.filter
def why_nothing(explanation: dict[str, Any]) -> str:
    """Why a purchase earned nothing, as a sentence; empty where its lines have said it, or nothing is known."""
    if not explanation.get("parts"):
        return ""
    if Decimal(explanation["eligible"]) > 0:
        if any(Decimal(part["pct"]) for part in explanation["parts"]):
            return gettext("The purchase was too small for a whole point.")
        return gettext("The partner gave no points for purchases on that day.")
    return "" if explanation["excluded"] else gettext("Nothing was paid in money, and points are earned on money.")


@register.filter(is_safe=True)
def one_line(text: str) -> str:
    """What stands in several indented lines of a template as one: breaks and indents go, spaces inside a line stay.

    For words that must not get a space between them: {% filter one_line %} … {% endfilter %}. A break inside a
    text of the database has no indent after it, and stays.
    """
    return re.sub(r"\n[ \t]+|\n$", "", text.lstrip())


@register.filter
def lookup(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], empty when there is none."""
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str, classes: str = "i") -> SafeString:
    """A decorative icon of the sprite: {% icon "clock" "i i-s" %}; coins are "coin", "coin-s", "coin-o"."""
    symbol = name if name.startswith("coin") else f"i-{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("icons.svg"), symbol)


class Tag(NamedTuple):
    """A state in short: `look` is its class (ok, wait, bad, ac or none), `icon` a name of the sprite."""

    look: str
    icon: str
    words: str | Promise


class NoteLook(NamedTuple):
    """How a message of the site stands on the page: its class, its icon, the role that screen readers hear."""

    look: str
    icon: str
    role: str


_NOTES = {"error": NoteLook("bad", "alert", "alert"), "warning": NoteLook("wait", "alert", "status")}


@register.filter
def note_look(level: str) -> NoteLook:
    """The look of a message by its level; what is neither an error nor a warning is good news."""
    return _NOTES.get(level, NoteLook("ok", "check", "status"))


@register.filter
def drawn(tag: Tag) -> SafeString:
    """A state as a coloured tag with its icon."""
    return format_html('<span class="{}">{}{}</span>', f"tag {tag.look}".strip(), icon(tag.icon), tag.words)


@register.simple_tag(takes_context=True)
def tab(context: template.Context, href: str, symbol: str, label: str) -> SafeString:
    """One entry of the main navigation; it is current on its own page and on the pages below it."""
    path = context["request"].path
    here = (
        path == href
        or (href != "/" and path.startswith(href))
        or (symbol == "receipt" and path.startswith("/orders/"))
        or (symbol == "quest" and path.startswith("/level/"))
    )
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<li><a href="{}"{}>{}{}</a></li>', href, current, icon(symbol), label)


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
