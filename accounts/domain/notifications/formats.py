"""Values of messages as words of a language: points, days, dates, money. Plural forms by ngettext."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext

from loyalty.lib.translation import chosen

NBSP = "\u00a0"
_SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸", "RON": "lei"}


def number(value: int) -> str:
    """A whole number with grouped digits: “1 240”; “1,240” in English."""
    text = f"{abs(int(value)):,}"
    grouped = text if (get_language() or "").startswith("en") else text.replace(",", NBSP)
    return f"\u2212{grouped}" if int(value) < 0 else grouped


def points(value: int) -> str:
    """“1 240 points”."""
    return ngettext("%(number)s\u00a0point", "%(number)s\u00a0points", abs(int(value))) % {"number": number(value)}


def tokens(value: int) -> str:
    """“3 tokens”."""
    return ngettext("%(number)s\u00a0token", "%(number)s\u00a0tokens", abs(int(value))) % {"number": number(value)}


def days(value: int) -> str:
    """“7 days”."""
    return ngettext("%(number)s\u00a0day", "%(number)s\u00a0days", abs(int(value))) % {"number": number(value)}


def day(value: date | str) -> str:
    """A date in a sentence, “31 December”, with the year (a message is read later)."""
    known = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{date_format(known, f'j{NBSP}E', use_l10n=False)}{NBSP}{known.year}"


def money(value: str) -> str:
    """An amount with its currency, written as “1250.00 RUB”; kopecks only where there are any."""
    amount_text, _space, code = value.partition(" ")
    amount = Decimal(amount_text).quantize(Decimal("0.01"))
    english = (get_language() or "").startswith("en")
    digits = number(int(amount))
    if amount != amount.to_integral_value():
        digits += f"{'.' if english else ','}{abs(amount) % 1 * 100:02.0f}"
    sign = _SIGNS.get(code, code)
    return f"{sign}{digits}" if english and len(sign) == 1 else f"{digits}{NBSP}{sign}"


def named(value: Mapping[str, str] | str) -> str:
    """A name, or one that has a form for each language ({"ru": …, "en": …}); the first where this one's is missing or empty."""
    return value if isinstance(value, str) else chosen(value)


def reward(value: Mapping[str, int]) -> str:
    """“3 tokens, 50 points”: what there is of both."""
    return ", ".join(words(value[name]) for name, words in (("tokens", tokens), ("points", points)) if value.get(name))


def text(value: object) -> str:
    """A word as it is."""
    return str(value)


KINDS: dict[str, Callable[..., str]] = {
    "points": points,
    "tokens": tokens,
    "days": days,
    "day": day,
    "money": money,
    "number": number,
    "named": named,
    "reward": reward,
    "text": text,
}
