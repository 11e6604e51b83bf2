"""Exact money and points arithmetic. Money is Decimal with 2 places, points are int, rates are percent."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

KOPECK = Decimal("0.01")
# Twelve digits before the point: what the columns hold, and far more than any receipt.
MAX_MONEY = Decimal("999999999999.99")
_MODES = {"down": ROUND_FLOOR, "half_up": ROUND_HALF_UP, "up": ROUND_CEILING}


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
    if value != value.quantize(KOPECK):
        raise ValueError(f"{text[:40]} has more than 2 decimal places")
    return value.quantize(KOPECK)


def round_points(exact: Decimal, mode: str) -> int:
    """Round a non-negative number of points once, by the programme's mode: down, half_up or up."""
    return int(exact.to_integral_value(rounding=_MODES[mode]))


def split_points(total: int, exact_parts: Sequence[Decimal]) -> list[int]:
    """Split whole points over exact parts: floor each, the rest by largest remainder, ties in the order given."""
    floors = [int(part.to_integral_value(rounding=ROUND_FLOOR)) for part in exact_parts]
    left = total - sum(floors)
    order = sorted(range(len(exact_parts)), key=lambda i: (-(exact_parts[i] - floors[i]), i))
    for i in order[:left]:
        floors[i] += 1
    return floors


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread money over weights pro rata, to the kopeck, by largest remainder (ties: the earlier one).

    The sum is exactly `total`. With all weights 0, `total` must be 0.
    """
    base = sum(weights, Decimal(0))
    if total == 0:
        return [Decimal("0.00")] * len(weights)
    if base == 0:
        raise ValueError("nothing to spread over")
    kopecks = int(total / KOPECK)
    # Integers throughout: a Decimal division would round at 28 digits and could break a tie wrongly.
    units = [int(weight / KOPECK) for weight in weights]
    whole = sum(units)
    floors = [kopecks * unit // whole for unit in units]
    remainders = [kopecks * unit % whole for unit in units]
    order = sorted(range(len(units)), key=lambda i: (-remainders[i], i))
    for i in order[: kopecks - sum(floors)]:
        floors[i] += 1
    return [Decimal(floor).scaleb(-2) for floor in floors]
