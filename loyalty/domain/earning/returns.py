"""How much a return takes back and gives back. Pure. Which lots serve is in lots.takeable and Book.take_back.

Of a known order: what it earned, minus what the rest of it would earn at the same rates, minus what its
earlier returns took; so partial returns add up exactly. Points the order was paid with come back in
proportion to their share in the returned goods. Of a purchase the programme doesn't know: what the
returned money would have earned at the partner's terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loyalty.domain.earning.rates import Earner, Exclusions, accrue, base_rate, explained_rates
from loyalty.domain.earning.receipt import ZERO, ReceiptLine
from loyalty.lib.errors import DomainError
from loyalty.lib.money import spread
from loyalty.models import Order, Programme
from partners.models import Terms


@dataclass(slots=True)
class OriginalLine:
    """A line of the order. `value` is its amount after the order's discount, `returned` how much of it came back."""

    sku: str
    name: str
    category: str
    value: Decimal
    paid: Decimal
    excluded: str = ""
    returned: Decimal = ZERO
    id: int | None = None
    position: int = 0

    @property
    def left(self) -> Decimal:
        return self.value - self.returned

    @property
    def paid_left(self) -> Decimal:
        """Money paid for what was not returned: pro rata, to the kopeck, nothing once all came back."""
        return self.paid - (spread(self.paid, [self.returned, self.left])[0] if self.returned else ZERO)


@dataclass(slots=True)
class Original:
    """A known order and what its returns did so far."""

    order: Order
    lines: list[OriginalLine]
    points_due: int = 0
    points_expired: int = 0
    points_restored: int = 0

    @property
    def left(self) -> Decimal:
        return sum((line.left for line in self.lines), ZERO)


@dataclass(slots=True, frozen=True)
class Returned:
    """What one return does: value of the goods by line, points to take back and to give back, and why."""

    by_line: list[tuple[OriginalLine, Decimal]]
    total: Decimal
    paid_with_points: Decimal
    due: int
    restored: int
    explanation: dict[str, Any]


def assess_return(original: Original, wanted: Sequence[tuple[str, Decimal]]) -> Returned:
    """Judge a return of (sku or empty, value) items against what is left of the order, and mark it returned.

    Items find the lines of their sku; what names no line, or more than its lines have left, is spread over
    the rest of the order pro rata. Raises DomainError return_above_order; then nothing is marked.
    """
    total = sum((value for _sku, value in wanted), ZERO)
    if total > original.left:
        raise DomainError("return_above_order", f"{original.left} of the order is left to be returned; {total} is more.", left=str(original.left))
    by_line: dict[int, Decimal] = {}
    loose = ZERO
    for sku, value in wanted:
        for place, line in enumerate(original.lines):
            if value and sku and line.sku == sku:
                took = min(value, line.left - by_line.get(place, ZERO))
                by_line[place] = by_line.get(place, ZERO) + took
                value -= took
        loose += value
    rest = [line.left - by_line.get(place, ZERO) for place, line in enumerate(original.lines)]
    for place, value in enumerate(spread(loose, rest)):
        by_line[place] = by_line.get(place, ZERO) + value
    marked = [(original.lines[place], value) for place, value in sorted(by_line.items()) if value]
    return _judge(original, marked, total)


def assess_unknown_return(lines: Sequence[ReceiptLine], *, terms: Terms, exclusions: Exclusions, programme: Programme) -> Returned:
    """Judge a return of an unknown purchase by the partner's terms at the time of the return: nobody knows when it was bought.

    The base percentage alone, without level and offers; rounding and point value are the programme's of today.
    """
    earners = [Earner(line.amount, line.name or line.sku, exclusions.reason(sku=line.sku, category=line.category)) for line in lines]
    accrual = accrue(earners, [base_rate(terms)], rounding=programme.rounding, point_value=programme.point_value)
    total = sum((line.amount for line in lines), ZERO)
    return Returned([], total, ZERO, accrual.total, 0, {**accrual.explanation, "due": accrual.total, "terms": terms.pk})


def _judge(original: Original, marked: list[tuple[OriginalLine, Decimal]], total: Decimal) -> Returned:
    """Mark the lines returned. Due is what the order earned, less what the rest would earn at its recorded rates, less what earlier returns took."""
    order = original.order
    paid_before = sum((line.paid_left for line in original.lines), ZERO)
    for line, value in marked:
        line.returned += value
    paid_after = sum((line.paid_left for line in original.lines), ZERO)
    paid_with_points = total - (paid_before - paid_after)
    remainder = accrue(
        [Earner(line.paid_left, line.name, line.excluded) for line in original.lines],
        explained_rates(order.explanation),
        rounding=order.explanation["rounding"],
        point_value=Decimal(order.explanation["point_value"]),
    )
    due = max(0, order.points_earned - remainder.total - original.points_due)
    restored = _points_to_restore(original)
    explanation = {
        "earned": order.points_earned,
        "remainder": remainder.explanation,
        "returned_before": original.points_due,
        "due": due,
        "restored": restored,
    }
    original.points_due += due
    original.points_restored += restored
    return Returned(marked, total, paid_with_points, due, restored, explanation)


def _points_to_restore(original: Original) -> int:
    """The order's redeemed points in proportion to the points-paid money that came back, less what came back before."""
    order = original.order
    if not order.points_redeemed:
        return 0
    if not original.left:
        return order.points_redeemed - original.points_restored
    value = sum((line.value for line in original.lines), ZERO)
    paid_left = sum((line.paid_left for line in original.lines), ZERO)
    covered_left = original.left - paid_left
    covered = value - sum((line.paid for line in original.lines), ZERO)
    back = int(order.points_redeemed * (covered - covered_left) / covered) if covered else 0
    return max(0, back - original.points_restored)
