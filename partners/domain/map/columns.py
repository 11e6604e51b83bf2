"""All open outlets as columns in memory: what the map and the catalogue count and measure over many outlets at once.

A copy is never trusted by age: every use asks the database for the versions of the partners' outlets (MapVersion, written by
triggers), and loads again what has another one. So every process says the same, and what a transaction rolled back is gone.
100 000 outlets take about 10 MB.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection

from loyalty.lib.later import numpy as np
from loyalty.lib.rows import id_set
from partners.domain.map.geo import EARTH_KM, Box, Only
from partners.models import MapVersion, Outlet

if TYPE_CHECKING:
    import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]
type Mask = npt.NDArray[np.bool_]

_OUTLETS, _VERSIONS = Outlet._meta.db_table, MapVersion._meta.db_table
_SHOWN = f"FROM {_VERSIONS} v JOIN partners_partner p ON p.id = v.partner_id WHERE p.is_active"
# Web Mercator ends here: beyond, the map shows its edge.
_MERCATOR_END = 85.05112878


@dataclass(frozen=True)
class Columns:
    """Outlets by partner, a partner's by external id. Rows of all columns belong together; nobody changes them."""

    tokens: dict[int, int] = field(default_factory=dict)
    ids: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    partners: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    lats: Floats = field(default_factory=lambda: np.empty(0))
    lngs: Floats = field(default_factory=lambda: np.empty(0))
    # Places in `texts`.
    schedules: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    cities: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    texts: tuple[str, ...] = ()

    @property
    def stamp(self) -> tuple[int, int]:
        """What distinguishes two states of the outlets, at the price of one row."""
        return len(self.tokens), sum(self.tokens.values())

    @cached_property
    def vectors(self) -> tuple[Floats, Floats, Floats]:
        """The points on the unit sphere."""
        return vectors(self.lats, self.lngs)

    @cached_property
    def mercator(self) -> tuple[Floats, Floats]:
        """(x, y) on the square map of the earth, 0…1, y downwards."""
        lats = np.radians(np.clip(self.lats, -_MERCATOR_END, _MERCATOR_END))
        return self.lngs / 360 + 0.5, 0.5 - np.arcsinh(np.tan(lats)) / (2 * np.pi)

    @cached_property
    def schedule_texts(self) -> tuple[str, ...]:
        """Every schedule that some outlet has."""
        return tuple(self.texts[place] for place in np.unique(self.schedules))

    def first_of_each(self, mask: Mask, distances: Floats | None = None) -> tuple[list[int], list[int], list[int]]:
        """(partner ids, for each the row of its nearest outlet, how many it has) among the rows of a mask.

        Without distances, and at one distance, the first by external id.
        """
        rows = np.flatnonzero(mask)
        if not len(rows):
            return [], [], []
        partners, starts, counts = np.unique(self.partners[rows], return_index=True, return_counts=True)
        if distances is not None:
            here = distances[rows]
            nearest = np.flatnonzero(here == np.repeat(np.minimum.reduceat(here, starts), counts))
            # The first of the nearest ones of each partner.
            _partners, firsts = np.unique(self.partners[rows[nearest]], return_index=True)
            starts = nearest[firsts]
        return partners.tolist(), rows[starts].tolist(), counts.tolist()

    def chosen(self, only: Only, box: Box | None = None) -> Mask:
        """Which rows are meant."""
        mask = np.ones(len(self.ids), np.bool_)
        if box is not None:
            mask &= (self.lats >= box.south) & (self.lats <= box.north)
            east, west = self.lngs <= box.east, self.lngs >= box.west
            mask &= (east & west) if box.west <= box.east else (east | west)
        if only.partner_ids is not None:
            mask &= np.isin(self.partners, np.fromiter(only.partner_ids, np.int64, len(only.partner_ids)))
        if only.schedules is not None:
            mask &= self._one_of(self.schedules, set(only.schedules))
        if only.city is not None:
            mask &= self._one_of(self.cities, {text for text in self.texts if text.partition("|")[2] == only.city})
        return mask

    def _one_of(self, column: Ints, wanted: set[str]) -> Mask:
        if not len(column):
            return np.zeros(0, np.bool_)
        return np.fromiter((text in wanted for text in self.texts), np.bool_, len(self.texts))[column]

    def distances(self, lat: float, lng: float) -> Floats:
        """Great-circle distances to a place in kilometres: the haversine formula, as sin(angle / 2) is half the chord."""
        x, y, z = (float(axis[0]) for axis in vectors(np.array([lat]), np.array([lng])))
        mine = self.vectors
        chord = np.sqrt((mine[0] - x) ** 2 + (mine[1] - y) ** 2 + (mine[2] - z) ** 2)
        distances: Floats = np.round(2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0)), 6)
        return distances


def vectors(lats: Floats, lngs: Floats) -> tuple[Floats, Floats, Floats]:
    """Unit vectors of points in degrees."""
    high, wide = np.radians(lats), np.radians(lngs)
    return np.cos(high) * np.cos(wide), np.cos(high) * np.sin(wide), np.sin(high)


_latest: Columns | None = None


def current() -> Columns:
    """The outlets as the database has them now. One query; two more when some have changed since this process looked last."""
    global _latest
    known = _latest or Columns()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), COALESCE(SUM(v.token), 0) {_SHOWN}")
        count, total = cursor.fetchone()
        if (count, int(total)) == known.stamp:
            return known
        cursor.execute(f"SELECT v.partner_id, v.token {_SHOWN}")
        tokens: dict[int, int] = dict(cursor.fetchall())
    stale = [partner_id for partner_id, token in tokens.items() if known.tokens.get(partner_id) != token]
    # Threads may do this at the same time; each has a right copy, and the last one's stays.
    _latest = _merged(known, tokens, stale)
    return _latest


def _merged(known: Columns, tokens: dict[int, int], stale: list[int]) -> Columns:
    """The known rows that are still right, and the others read again."""
    rows = _read(stale)
    places = {text: place for place, text in enumerate(known.texts)}
    number = places.setdefault
    kept = np.isin(known.partners, np.array([pk for pk in tokens if known.tokens.get(pk) == tokens[pk]], np.int64))
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 6
    schedules = [number(text, len(places)) for text in columns[4]]
    cities = [number(text, len(places)) for text in columns[5]]
    partners = _joined(known.partners[kept], columns[1])
    # Stable: a partner's outlets stay in the order of their external ids.
    order = np.argsort(partners, kind="stable")
    return Columns(
        tokens,
        _joined(known.ids[kept], columns[0])[order],
        partners[order],
        np.concatenate([known.lats[kept], np.array(columns[2], np.float64)])[order],
        np.concatenate([known.lngs[kept], np.array(columns[3], np.float64)])[order],
        _joined(known.schedules[kept], schedules)[order],
        _joined(known.cities[kept], cities)[order],
        tuple(places),
    )


def _joined(kept: Ints, more: Iterable[int]) -> Ints:
    return np.concatenate([kept, np.array(list(more), np.int64)])


def _read(partner_ids: list[int]) -> list[tuple[Any, ...]]:
    source = id_set(partner_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id, o.partner_id, o.lat, o.lng, o.schedule, o.country || '|' || o.city FROM {_OUTLETS} o "
            f"WHERE o.is_active AND o.partner_id IN ({source.sql}) ORDER BY o.partner_id, o.external_id",
            list(source.params),
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
