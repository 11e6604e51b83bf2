"""What a map shows of any view: clusters of outlets, or the outlets themselves from street zoom on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from loyalty.lib.later import numpy as np
from partners.domain.map import columns
from partners.domain.map.columns import Columns, Floats, Ints
from partners.domain.map.geo import EVERYWHERE, Box, Only
from partners.models import Outlet

# From this zoom on outlets are shown one by one (a street fills the screen) …
STREET_ZOOM = 16
# … and below it a view with so few of them has no need of clusters.
FEW = 40
# A map that shows more marks at once shows nothing: then the clusters are drawn larger.
MOST_MARKS = 600
_CLUSTER_PIXELS = 80
_TILE_PIXELS = 256


@dataclass(slots=True, frozen=True)
class Cluster:
    """Outlets near each other; `lat`, `lng` is their middle. `best_pct` is the greatest percentage of their partners; `box` holds them all."""

    lat: float
    lng: float
    count: int
    best_pct: Decimal | None
    box: Box


@dataclass(slots=True, frozen=True)
class Pin:
    """One outlet."""

    outlet_id: int
    partner_id: int
    lat: float
    lng: float
    name: str
    pct: Decimal | None


@dataclass(slots=True, frozen=True)
class View:
    """What a view of the map shows. `total` counts the outlets of all clusters and pins.

    `cut`: the view asked for outlets one by one, but has too many of them.
    """

    clusters: list[Cluster] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    total: int = 0
    cut: bool = False


def view(box: Box, *, zoom: int, only: Only = EVERYWHERE, percents: Mapping[int, Decimal] | None = None) -> View:
    """Clusters and pins of the outlets in a box at a zoom (0…22). `percents`: partner id → percentage.

    Clusters lie in squares of a grid that is the same for every view, so they stay when the map is moved. An outlet alone in
    its square is a pin. Two queries (the versions of the outlets, the names of the pins).
    """
    if only.nothing:
        return View()
    outlets = columns.current()
    rows = np.flatnonzero(outlets.chosen(only, box))
    total = len(rows)
    percents = percents or {}
    if total <= (MOST_MARKS if zoom >= STREET_ZOOM else FEW):
        return View([], _pins(outlets, rows, percents), total)
    squares, counts = _grid(outlets, rows, zoom)
    alone = counts[squares] == 1
    return View(
        _clusters(outlets, rows[~alone], squares[~alone], percents),
        _pins(outlets, rows[alone], percents),
        total,
        cut=zoom >= STREET_ZOOM,
    )


def _grid(outlets: Columns, rows: Ints, zoom: int) -> tuple[Ints, Ints]:
    """(the square of each row, how many rows each square has); larger squares where there would be too many."""
    x, y = outlets.mercator
    side = float(_TILE_PIXELS << zoom) / _CLUSTER_PIXELS
    while True:
        numbers = (x[rows] * side).astype(np.int64) << 32 | (y[rows] * side).astype(np.int64)
        _squares, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
        if len(counts) <= MOST_MARKS:
            return places.astype(np.int64), counts.astype(np.int64)
        side /= 2


def _clusters(outlets: Columns, rows: Ints, squares: Ints, percents: Mapping[int, Decimal]) -> list[Cluster]:
    if not len(rows):
        return []
    order = np.argsort(squares, kind="stable")
    rows, squares = rows[order], squares[order]
    starts = np.flatnonzero(np.r_[True, squares[1:] != squares[:-1]])
    counts = np.diff(np.r_[starts, len(rows)])
    lats, lngs = outlets.lats[rows], outlets.lngs[rows]
    # A square never lies across the 180th meridian: means are plain means.
    middles = [np.add.reduceat(axis, starts) / counts for axis in (lats, lngs)]
    edges = [np.minimum.reduceat(lngs, starts), np.minimum.reduceat(lats, starts), np.maximum.reduceat(lngs, starts), np.maximum.reduceat(lats, starts)]
    best = np.maximum.reduceat(_percents(outlets.partners[rows], percents), starts)
    known = {float(percent): percent for percent in percents.values()}
    return [
        Cluster(round(lat, 6), round(lng, 6), count, known.get(pct), Box(west, south, east, north))
        for lat, lng, count, pct, west, south, east, north in zip(*(axis.tolist() for axis in (*middles, counts, best, *edges)), strict=True)
    ]


def _percents(partners: Ints, percents: Mapping[int, Decimal]) -> Floats:
    """The percentage of each row's partner, -1 where it is unknown."""
    if not percents:
        return np.full(len(partners), -1.0)
    ids = np.fromiter(percents, np.int64, len(percents))
    values = np.fromiter(map(float, percents.values()), np.float64, len(percents))
    order = np.argsort(ids)
    ids, values = ids[order], values[order]
    places = np.minimum(np.searchsorted(ids, partners), len(ids) - 1)
    found: Floats = np.where(ids[places] == partners, values[places], -1.0)
    return found


def _pins(outlets: Columns, rows: Ints, percents: Mapping[int, Decimal]) -> list[Pin]:
    if not len(rows):
        return []
    names = Outlet.objects.in_bulk(outlets.ids[rows].tolist()) if len(rows) <= MOST_MARKS else {}
    return [
        Pin(pk, partner_id, lat, lng, names[pk].name, percents.get(partner_id))
        for pk, partner_id, lat, lng in zip(*(axis[rows].tolist() for axis in (outlets.ids, outlets.partners, outlets.lats, outlets.lngs)), strict=True)
        if pk in names
    ]
