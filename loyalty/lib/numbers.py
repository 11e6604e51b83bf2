"""Reading the numbers that people type into commands, strictly: ASCII digits, a point, no exponents, no NaN."""

import re
from decimal import Decimal

_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def parse_decimal(text: str, *, least: Decimal, most: Decimal, places: int) -> Decimal:
    """A number between `least` and `most` (both included) with at most `places` decimals. Raises ValueError with a sentence."""
    text = text.strip()
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is not a number")
    value = Decimal(text)
    if not least <= value <= most:
        raise ValueError(f"{text[:40]} is not between {least:f} and {most:f}")
    if value != round(value, places):
        raise ValueError(f"{text[:40]} has more than {places} decimal places")
    return round(value, places)


def parse_whole(text: str, *, least: int, most: int) -> int:
    """A whole number between `least` and `most`, both included. Raises ValueError with a sentence."""
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is not a whole number")
    value = int(text)
    if not least <= value <= most:
        raise ValueError(f"{text[:40]} is not between {least} and {most}")
    return value


def parse_pct(text: str) -> Decimal:
    """A percentage: 0 to 100, at most 3 decimals. Raises ValueError with a sentence."""
    return parse_decimal(text, least=Decimal(0), most=Decimal(100), places=3)


def plain(value: Decimal) -> str:
    """A number without trailing zeros and exponents: 50.000 → 50."""
    return f"{value.normalize():f}"
