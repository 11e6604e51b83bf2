"""Values of messages as words of a language: points, days, dates, money. Plural forms by ngettext."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext

NBSP = "\u00a0"


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


def money(value: Decimal | str) -> str:
    """An amount without its currency's name; kopecks only where there are any."""
    amount = Decimal(value)
    whole = number(int(amount))
    return whole if amount == amount.to_integral_value() else f"{whole}{'.' if (get_language() or '').startswith('en') else ','}{abs(amount) % 1 * 100:02.0f}"


def text(value: object) -> str:
    """A word as it is."""
    return str(value)


KINDS: dict[str, Callable[..., str]] = {"points": points, "tokens": tokens, "days": days, "day": day, "money": money, "number": number, "text": text}
