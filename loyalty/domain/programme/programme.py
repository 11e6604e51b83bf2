"""The programme singleton: reading it and changing it key by key."""

import zoneinfo
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from loyalty.enums import ExpiryMode, Rounding, Shortfall, SpendRequires
from loyalty.lib.errors import DomainError
from loyalty.lib.numbers import parse_decimal, parse_pct, parse_whole
from loyalty.lib.sql import Compiled, made, whole
from loyalty.models import Entry, Programme

# Money and days of what is posted already depend on these.
LOCKED = ("currency", "timezone", "point_value")
_MOST = 2_147_483_647
# Every page and every call begins with it.
_THE_ONE = Compiled(lambda *, pk: Programme.objects.filter(pk=pk).values_list(*whole(Programme)))


def current() -> Programme:
    """The one programme of this deployment, with the defaults of DESIGN until staff change them."""
    if rows := _THE_ONE.rows(pk=1):
        return made(Programme, rows[0])
    programme, _created = Programme.objects.get_or_create(pk=1)
    return programme


def is_locked() -> bool:
    """Whether an entry exists, so that currency, time zone and point value are fixed for good."""
    return Entry.objects.exists()


def show(programme: Programme) -> dict[str, str | int | float]:
    """The programme's public keys with their values; decimals are numbers. Shares in percent, lengths in days."""
    return {key: _plain(getattr(programme, key)) for key in KEYS}


def read_values(values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Read texts by key: (values that are right, one sentence for each that is not)."""
    right: dict[str, Any] = {}
    problems = []
    for key, text in values.items():
        if key not in KEYS:
            problems.append(f"There is no key “{key[:60]}”. The keys are: {', '.join(KEYS)}.")
            continue
        try:
            right[key] = KEYS[key](text)
        except ValueError as error:
            problems.append(f"{key}: {error}.")
    return right, problems


def set_values(values: Mapping[str, str]) -> dict[str, tuple[Any, Any]]:
    """Change the programme, all keys or none; returns key → (old, new) of what changed.

    Raises DomainError invalid_values (details: problems, one sentence each) and programme_locked: currency,
    time zone and point value stand once the first entry exists; giving their present values is fine.
    """
    right, problems = read_values(values)
    if problems:
        raise DomainError("invalid_values", "\n".join(problems), problems=problems)
    with transaction.atomic():
        programme = Programme.objects.select_for_update().get(pk=current().pk)
        changed = {key: (getattr(programme, key), value) for key, value in right.items() if getattr(programme, key) != value}
        fixed = [key for key in LOCKED if key in changed]
        if fixed and is_locked():
            sentences = [f"{key}: it can't be changed from {_plain(changed[key][0])} any more, because points have been posted." for key in fixed]
            raise DomainError("programme_locked", "\n".join(sentences), problems=sentences)
        if changed:
            for key, (_old, new) in changed.items():
                setattr(programme, key, new)
            programme.save(update_fields=[*changed, "updated_at"])
    return changed


def _plain(value: Any) -> str | int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, int) else str(value)


def _name(text: str) -> str:
    text = text.strip()
    if not text or len(text) > 60 or not text.isprintable():
        raise ValueError("the name is 1 to 60 printable characters")
    return text


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError(f"“{text[:40]}” is not a currency: three capital letters, as in RUB")
    return text


def _timezone(text: str) -> str:
    if text not in zoneinfo.available_timezones():
        raise ValueError(f"“{text[:64]}” is not an IANA time zone name, as in Europe/Moscow")
    return text


def _point_value(text: str) -> Decimal:
    return parse_decimal(text, least=Decimal("0.0001"), most=Decimal("999999.9999"), places=4)


def _choice(choices: type[models.TextChoices]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices.values:
            raise ValueError(f"“{text[:40]}” is none of {', '.join(choices.values)}")
        return text

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    return lambda text: parse_whole(text, least=least, most=most)


# The public keys in the order in which they are shown, each with what reads its text (ValueError with a sentence).
KEYS: dict[str, Callable[[str], Any]] = {
    "name": _name,
    "currency": _currency,
    "timezone": _timezone,
    "point_value": _point_value,
    "rounding": _choice(Rounding),
    "pending_days": _whole(0, 3650),
    "lifetime_days": _whole(1, 36500),
    "expiry_mode": _choice(ExpiryMode),
    "expiring_window_days": _whole(0, 3650),
    "spendable_share": parse_pct,
    "return_shortfall": _choice(Shortfall),
    "spend_requires": _choice(SpendRequires),
    "transfer_daily_cap": _whole(0, _MOST),
    "welcome_points": _whole(0, 1_000_000),
}
