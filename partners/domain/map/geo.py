"""Places on the earth: the nearest outlets, and the outlets in a box. Coordinates are WGS84 degrees, distances kilometres.

Outlets lie in the index in a Morton order: the number of a cell interleaves the bits of its column and row (see
partners/models/place.py). Outlets around a place in that order are mostly around it on the earth, so their distances
bound how far the nearest can be; one box of that reach then holds them all.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, degrees, inf, radians, sin, sqrt
from typing import Any

from django.db import connection
from django.db.models import Q

from loyalty.lib.rows import id_set, text_set
from partners.models import Outlet
from partners.models.place import CELL_BITS

EARTH_KM = 6371.0088  # mean radius
_SIDE = 1 << CELL_BITS
_TABLE = Outlet._meta.db_table
# A bound this far, or so many times farther than the first outlet, is poor: looking twice costs less than a box too large.
_FAR_KM, _TIMES, _NEAR_KM = 1200.0, 8, 20.0
# Degrees; a cell's edges are worked out by the database and here alike, up to the last bit.
_EDGE = 1e-9


@dataclass(slots=True, frozen=True)
class Box:
    """West may be greater than east: then the box crosses the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    @property
    def query(self) -> Q:
        """Outlets inside, edges included: a few ranges of the index, and the exact edges."""
        inside = Q()
        for half in self.halves:
            cells = Q()
            for pair in cover(half):
                cells |= Q(cell__range=pair)
            inside |= cells & Q(lat__range=(half.south, half.north), lng__range=(half.west, half.east))
        return inside

    @property
    def halves(self) -> tuple["Box", ...]:
        """The same without crossing the 180th meridian."""
        if self.west <= self.east:
            return (self,)
        return Box(self.west, self.south, 180.0, self.north), Box(-180.0, self.south, self.east, self.north)


@dataclass(slots=True, frozen=True)
class Only:
    """Which outlets are meant. None: all. Closed outlets and those of inactive partners are never meant.

    `schedules` are texts of Outlet.schedule (see partners/domain/outlets/schedules.py): those open now, for example.
    """

    partner_ids: Collection[int] | None = None
    schedules: Collection[str] | None = None
    city: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether no outlet can be meant."""
        return (self.partner_ids is not None and not self.partner_ids) or (self.schedules is not None and not self.schedules)

    def where(self) -> tuple[str, list[Any]]:
        """As SQL over the table `o` with parameters."""
        parts, params = ["o.is_active"], list[Any]()
        if self.partner_ids is None:
            parts.append("o.partner_id NOT IN (SELECT id FROM partners_partner WHERE NOT is_active)")
        else:
            source = id_set(self.partner_ids)
            parts.append(f"o.partner_id IN (SELECT id FROM partners_partner WHERE is_active AND id IN ({source.sql}))")
            params += source.params
        if self.schedules is not None:
            source = text_set(self.schedules)
            parts.append(f"o.schedule IN ({source.sql})")
            params += source.params
        if self.city is not None:
            parts.append("o.city = %s")
            params.append(self.city)
        return " AND ".join(parts), params


EVERYWHERE = Only()


@dataclass(slots=True, frozen=True)
class Near:
    """An outlet at its great-circle distance, in kilometres to the millimetre."""

    distance_km: float
    external_id: str
    outlet_id: int
    partner_id: int
    lat: float
    lng: float


def distance_km(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984)."""
    half_lat, half_lng = radians(other_lat - lat) / 2, radians(other_lng - lng) / 2
    square = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lng) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(square)))


def nearest(lat: float, lng: float, *, limit: int, only: Only = EVERYWHERE, max_km: float | None = None) -> list[Near]:
    """The nearest outlets, the nearest first; at one distance (to the millimetre) by external id, then by id.

    At most `limit`, and none beyond `max_km`. Two queries, three in sparse places; the same on both databases.
    """
    if only.nothing or limit < 1:
        return []
    count = 2 * limit + 6
    rows, complete = _along_the_index([(lat, lng)], count=count, only=only)
    found = _sorted(rows, lat, lng)
    if complete:
        return [near for near in found if max_km is None or near.distance_km <= max_km][:limit]
    reach = _reach(found, limit, max_km)
    if reach > _FAR_KM or reach > _TIMES * found[0].distance_km + _NEAR_KM:
        # The order of cells may have passed by what lies near: looking from around the place, too, brings the bound down.
        rows, _complete = _along_the_index(list(_beside(lat, lng, reach)), count=limit, only=only)
        reach = min(reach, _reach(_sorted(rows, lat, lng), limit, max_km))
    found = _sorted(_rows(around(lat, lng, reach), only=only), lat, lng)
    return [near for near in found if near.distance_km <= reach][:limit]


def _reach(found: Sequence[Near], limit: int, max_km: float | None) -> float:
    """A distance within which the nearest ones surely lie."""
    bound = found[limit - 1].distance_km if len(found) >= limit else inf
    return bound if max_km is None else min(bound, max_km)


def _beside(lat: float, lng: float, reach: float) -> Iterator[tuple[float, float]]:
    """Places around a place, some way towards the edge of its reach."""
    tall = degrees(min(reach * 0.35 / EARTH_KM, 1.5))
    for up, aside in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        high = min(max(lat + up * tall, -90.0), 90.0)
        wide = tall / max(cos(radians(high)), 0.05)
        yield high, (lng + aside * wide + 180) % 360 - 180


def _rank(near: Near) -> tuple[float, str, int]:
    return near.distance_km, near.external_id, near.outlet_id


def _sorted(rows: Sequence[tuple[Any, ...]], lat: float, lng: float) -> list[Near]:
    """Each outlet once, the nearest first."""
    return sorted(set(_measured(rows, lat, lng)), key=_rank)


def _measured(rows: Sequence[tuple[Any, ...]], lat: float, lng: float) -> Iterator[Near]:
    for pk, partner_id, external_id, its_lat, its_lng in rows:
        # Two ways of adding up the same distance differ by less than a micrometre: ties are ties all the same.
        yield Near(round(distance_km(lat, lng, its_lat, its_lng), 6), external_id, pk, partner_id, its_lat, its_lng)


_COLUMNS = "o.id, o.partner_id, o.external_id, o.lat, o.lng"


def _along_the_index(places: Sequence[tuple[float, float]], *, count: int, only: Only) -> tuple[list[tuple[Any, ...]], bool]:
    """`count` outlets after each place and as many before it in the order of cells; and whether these are all there are."""
    where, params = only.where()
    parts, all_params = [], list[Any]()
    for number, (lat, lng) in enumerate(places):
        # The branches stand in subqueries of their own: SQLite takes no ORDER BY inside a UNION otherwise.
        for side, order in ((">=", ""), ("<", " DESC")):
            branch = f"SELECT {_COLUMNS} FROM {_TABLE} o WHERE o.cell {side} %s AND {where} ORDER BY o.cell{order} LIMIT %s"
            parts.append(f"SELECT * FROM ({branch}) {'b' if order else 'a'}{number}")
            all_params += [cell(lat, lng), *params, count]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), all_params)
        rows = cursor.fetchall()
    # Had either side been cut off, there would be that many of it.
    return rows, len(rows) < count


def within(box: Box, *, limit: int, only: Only = EVERYWHERE, after: int = 0) -> list[int]:
    """Ids of the outlets in a box, edges included, in the order of ids, from the one after `after`."""
    if only.nothing:
        return []
    where, params = only.where()
    inside, inside_params = box_sql(box)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT o.id FROM {_TABLE} o WHERE {inside} AND {where} AND o.id > %s ORDER BY o.id LIMIT %s", [*inside_params, *params, after, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _rows(box: Box, *, only: Only) -> list[tuple[Any, ...]]:
    where, params = only.where()
    inside, inside_params = box_sql(box)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM {_TABLE} o WHERE {inside} AND {where}", [*inside_params, *params])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def box_sql(box: Box) -> tuple[str, list[Any]]:
    """A box as SQL over the table `o`: a few ranges of the index, and the exact edges. Edges are included."""
    whole, params = list[str](), list[Any]()
    for half in box.halves:
        ranges = cover(half)
        cells = " OR ".join("o.cell BETWEEN %s AND %s" for _range in ranges)
        whole.append(f"(({cells}) AND o.lat BETWEEN %s AND %s AND o.lng BETWEEN %s AND %s)")
        params += [bound for pair in ranges for bound in pair]
        params += [half.south, half.north, half.west, half.east]
    return f"({' OR '.join(whole)})", params


def around(lat: float, lng: float, reach_km: float) -> Box:
    """A box that holds the circle of `reach_km` around a place; near a pole it goes all the way round."""
    angle = reach_km / EARTH_KM + _EDGE
    tall = degrees(angle)
    south, north = lat - tall, lat + tall
    if south <= -90 or north >= 90:
        return Box(-180.0, max(south, -90.0), 180.0, min(north, 90.0))
    # Where the circle touches its easternmost meridian (not at the latitude of its centre).
    wide = degrees(asin(min(1.0, sin(angle) / cos(radians(lat))))) + _EDGE
    west, east = lng - wide, lng + wide
    if east - west >= 360:
        return Box(-180.0, south, 180.0, north)
    return Box(west + 360 if west < -180 else west, south, east - 360 if east > 180 else east, north)


# --- Cells ---------------------------------------------------------------------------------------


def cell(lat: float, lng: float) -> int:
    """The number of the cell that holds a place, as the database works it out."""
    return _interleave(_column(lng, _SIDE), _row(lat, _SIDE))


def cover(box: Box) -> list[tuple[int, int]]:
    """Ranges of cells (first and last, both included) that hold a box which doesn't cross the 180th meridian.

    Made of a few squares of one size; neighbours in the order become one range.
    """
    bits = CELL_BITS
    # A band around a pole would else be covered by squares much taller than it is.
    most = 16 if box.east - box.west < 16 * (box.north - box.south) else 128
    west, east = _column(box.west - _EDGE, _SIDE), _column(box.east + _EDGE, _SIDE)
    south, north = _row(box.south - _EDGE, _SIDE), _row(box.north + _EDGE, _SIDE)
    shift = 0
    while shift < bits and ((east >> shift) - (west >> shift) + 1) * ((north >> shift) - (south >> shift) + 1) > most:
        shift += 1
    squares = sorted(_interleave(column, row) for column in range(west >> shift, (east >> shift) + 1) for row in range(south >> shift, (north >> shift) + 1))
    size = 1 << (2 * shift)
    ranges: list[tuple[int, int]] = []
    for square in squares:
        first = square << (2 * shift)
        if ranges and ranges[-1][1] == first - 1:
            ranges[-1] = ranges[-1][0], first + size - 1
        else:
            ranges.append((first, first + size - 1))
    return ranges


def _column(lng: float, side: int) -> int:
    return min(max(int((lng + 180.0) / 360.0 * side), 0), side - 1)


def _row(lat: float, side: int) -> int:
    return min(max(int((lat + 90.0) / 180.0 * side), 0), side - 1)


def _interleave(column: int, row: int) -> int:
    return _spread(column) | _spread(row) << 1


def _spread(value: int) -> int:
    """Put a zero before every bit of a 32-bit number (Morton 1966, by magic masks)."""
    value = (value | value << 16) & 0x0000FFFF0000FFFF
    value = (value | value << 8) & 0x00FF00FF00FF00FF
    value = (value | value << 4) & 0x0F0F0F0F0F0F0F0F
    value = (value | value << 2) & 0x3333333333333333
    return (value | value << 1) & 0x5555555555555555
