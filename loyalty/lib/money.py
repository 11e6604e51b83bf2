"""Exact money and points arithmetic. Money is Decimal with 2 places, points are int, rates are percent."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor

KOPECK = Decimal("0.01")
# Twelve digits before the point: what the columns hold, and far more than any receipt.
MAX_MONEY = Decimal("999999999999.99")


def parse_money(text: str) -> Decimal:
    """A non-negative amount with at most 2 decimal places. Raises ValueError with a sentence."""
    text = text.strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"“{text[:40]}” is not a number") from None
    if not value.is_finite():
        raise ValueError(f"“{text[:40]}” is not a finite number")
    if value < 0:
        raise ValueError(f"{text[:40]} is negative")
    if value > MAX_MONEY:
        raise ValueError(f"{text[:40]} is too large")
    rounded = value.quantize(KOPECK)
    if value != rounded:
        raise ValueError(f"{text[:40]} has more than 2 decimal places")
    return rounded


def round_points(exact: Fraction, mode: str) -> int:
    """Round a non-negative number of points once, by the programme's mode: down, half_up or up."""
    if mode == "down":
        return floor(exact)
    if mode == "up":
        return ceil(exact)
    if mode == "half_up":
        return floor(exact + Fraction(1, 2))
    raise ValueError(f"unknown rounding mode “{mode}”")


def split_points(total: int, exact_parts: Sequence[Fraction]) -> list[int]:
    """Split whole points over exact parts: floor each, the rest by largest remainder, ties in the order given."""
    floors = [floor(part) for part in exact_parts]
    order = sorted(range(len(exact_parts)), key=lambda i: (floors[i] - exact_parts[i], i))
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return floors


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread money over weights pro rata, to the kopeck, by largest remainder (ties: the earlier one).

    The sum is exactly `total`. Raises ValueError if there is something to spread and all weights are 0.
    """
    if total == 0:
        return [Decimal("0.00")] * len(weights)
    # Integers throughout: a Decimal division would round at 28 digits and could break a tie wrongly.
    kopecks = int(total / KOPECK)
    units = [int(weight / KOPECK) for weight in weights]
    whole = sum(units)
    if whole == 0:
        raise ValueError("there is nothing to spread over")
    shares = [kopecks * unit // whole for unit in units]
    order = sorted(range(len(units)), key=lambda i: (-(kopecks * units[i] % whole), i))
    for i in order[: kopecks - sum(shares)]:
        shares[i] += 1
    return [Decimal(share).scaleb(-2) for share in shares]
