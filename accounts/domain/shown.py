"""Card numbers and contacts as pages show them: in groups, or masked."""

from typing import Any

_NBSP = "\u00a0"


def card_groups(number: str) -> str:
    """A card number in groups of four, which may break only in the middle: “9040 2817 5536 0142”."""
    groups = [number[i : i + 4] for i in range(0, len(number), 4)]
    return " ".join(_NBSP.join(groups[i : i + 2]) for i in range(0, len(groups), 2))


def masked_phone(value: Any) -> str:
    """A phone without its middle: “+7 900 •••-••-42”."""
    digits = "".join(c for c in str(value or "") if c.isdigit())
    if len(digits) < 8:
        return ""
    national, country = digits[-10:], digits[:-10]
    prefix = f"+{country}{_NBSP}{national[:3]}" if country else f"+{digits[:3]}"
    return f"{prefix}{_NBSP}•••-••-{digits[-2:]}"


def masked_email(value: str | None) -> str:
    """An address without its name: “m•••@example.org”."""
    name, at, host = (value or "").partition("@")
    return f"{name[:1]}•••@{host}" if at else ""


def masked(value: Any) -> str:
    """A masked contact, whichever it is."""
    text = str(value or "")
    return masked_email(text) if "@" in text else masked_phone(text)
