"""Bars by day or week: the geometry of the charts, drawn by the template as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.domain.metrics import Bucket

HEIGHT = 120
_STEP = 20


@dataclass(frozen=True)
class Bar:
    """One bar: where it stands, how high, and which series it belongs to (1 or 2)."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True)
class BarChart:
    """One or two series of whole numbers. `first` and `second` are their names, `most` the highest bar."""

    first: str
    second: str
    bars: list[Bar]
    width: int
    most: int
    totals: tuple[int, ...]
    height: int = HEIGHT


def bar_chart(buckets: Sequence[Bucket], *columns: tuple[str, str], adds_up: bool = True) -> BarChart:
    """A chart of (name, field of Figures) columns over the buckets. Members of several days don't add up: then there are no totals."""
    values = [[int(getattr(bucket.figures, field)) for bucket in buckets] for _name, field in columns]
    most = max((max(series, default=0) for series in values), default=0)
    wide = (_STEP - 6) / len(columns)
    bars = []
    for number, series in enumerate(values):
        for place, value in enumerate(series):
            # What is not nothing is seen.
            height = max(2.0, round(value * HEIGHT / most, 1)) if value else 0.0
            if height:
                bars.append(Bar(place * _STEP + 3 + number * wide, round(HEIGHT - height, 1), wide, height, number + 1))
    names = [name for name, _field in columns]
    return BarChart(names[0], names[1] if len(names) > 1 else "", bars, len(buckets) * _STEP, most, tuple(sum(series) for series in values) if adds_up else ())
