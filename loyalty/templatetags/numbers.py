"""Numbers, points, money and percent, as every page writes them.

Russian: U+00A0 between digit groups and before a unit, U+2212 for minus, decimal comma. English: commas and
a decimal point. Words agree with numbers through ngettext.
"""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from django import template
from django.utils.translation import get_language, ngettext

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
# Currencies that people know by a sign; any other is written by its code.
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "RON": "lei"}


def in_english() -> bool:
    """Whether the page is in English; any other language is written as Russian is."""
    return (get_language() or "").startswith("en")


def _grouped(number: Decimal, places: int) -> str:
    """Digits of a non-negative number in the page's language, without trailing zeros unless they are kopecks."""
    text = f"{number:,.{places}f}"
    if in_english():
        return text
    return text.replace(",", NBSP).replace(".", ",")


def _places(number: Decimal, most: int) -> int:
    """How many decimal places a number really uses, at most `most`."""
    exponent = number.quantize(Decimal(1).scaleb(-most), rounding=ROUND_DOWN).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@register.filter
def num(value: Any, most: int = 4) -> str:
    """A number with grouped digits: 3240 → “3 240”; at most 4 decimals (or as many as asked for), the rest cut off."""
    number = cut(value, most)
    digits = _grouped(abs(number), _places(abs(number), most))
    return f"{MINUS}{digits}" if number < 0 else digits


def cut(value: Any, places: int) -> Decimal:
    """A number with the decimals beyond `places` left out."""
    return Decimal(value or 0).quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)


@register.filter
def signed(value: Any, most: int = 2) -> str:
    """A change: “+64”, “−480”, “+38,4”."""
    number = cut(value, most)
    return num(number, most) if number <= 0 else f"+{num(number, most)}"


@register.filter
def points(value: Any) -> str:
    """A number of points in words: “1 240 points”."""
    count = int(value or 0)
    return ngettext("%(number)s\u00a0point", "%(number)s\u00a0points", abs(count)) % {"number": num(count)}


@register.filter
def point_word(value: Any) -> str:
    """The word that goes with a number shown next to it."""
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
    if not in_english():
        return f"{minus}{digits}{NBSP}{sign}"
    return f"{minus}{sign}{digits}" if len(sign) == 1 else f"{minus}{digits}{NBSP}{sign}"


@register.filter
def exact_money(value: Any, currency: str = "RUB") -> str:
    """Money that may be less than a kopeck, as the value of a point: “0,125 ₽”."""
    number, sign = Decimal(value or 0), SIGNS.get(currency, currency)
    if _places(number, 4) <= 2:
        return money(number, currency)
    return f"{sign}{num(number)}" if in_english() and len(sign) == 1 else f"{num(number)}{NBSP}{sign}"


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
    return f"{num(value)}%" if in_english() else f"{num(value)}{NBSP}%"
