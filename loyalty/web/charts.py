"""Stacks of coins: the geometry of the two charts, drawn by the templates as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from loyalty.domain.cabinet import MonthEnd, SavedYear

_MOST_COINS = 18


@dataclass(frozen=True)
class Column:
    """One stack: its left edge, its top and height, the middle for its texts; `value` is what it stands for."""

    x: int
    middle: int
    y: float
    height: float
    label_y: float
    value: MonthEnd | SavedYear


@dataclass(frozen=True)
class Chart:
    """Columns, where the drawing begins at the top, and what a coin stands for."""

    columns: list[Column]
    top: float
    unit: int

    @property
    def height(self) -> float:
        """Of the month chart, whose texts end at 176."""
        return round(176 - self.top, 1)

    @property
    def rows(self) -> list[Column]:
        """For the table that says the same: newest first."""
        return self.columns[::-1]


def coin_unit(most: Decimal | int, coins: int = _MOST_COINS) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … of which `coins` reach the highest value."""
    unit = 1
    while most > unit * coins:
        # 1 → 2 → 5 → 10
        unit = unit * 5 // 2 if str(unit).startswith("2") else unit * 2
    return unit


def _coins(value: Decimal | int, unit: int) -> int:
    return max(1, round(value / unit)) if value > 0 else 0


def month_chart(ends: Sequence[MonthEnd]) -> Chart:
    """Balances at the ends of months: stacks 60 wide on a ground line at 150."""
    unit = coin_unit(max(end.points for end in ends))
    columns = []
    for place, end in enumerate(ends):
        height = round(_coins(end.points, unit) * 7.2, 1)
        columns.append(Column(place * 60, place * 60 + 24, round(150 - height, 1), height, round(143 - height, 1), end))
    return Chart(columns, round(min(column.label_y for column in columns) - 14, 1), unit)


def saved_chart(years: Sequence[SavedYear]) -> Chart:
    """Money saved in the last three years: stacks 52 wide on a ground line at 68."""
    shown = list(years)[-3:]
    unit = coin_unit(max((year.money for year in shown), default=0), coins=9)
    columns = []
    # Fewer years stand at the right end.
    for place, year in enumerate(shown, start=3 - len(shown)):
        height = _coins(year.money, unit) * 6
        columns.append(Column(place * 52, place * 52 + 25, 68 - height, height, 0, year))
    return Chart(columns, min((column.y for column in columns), default=0) - 2, unit)
