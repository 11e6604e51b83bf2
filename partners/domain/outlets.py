"""Outlets on the map: in a box, or nearest to a place. Coordinates are WGS84 degrees."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

from django.db.models import Q, QuerySet

from partners.models import Outlet

_EARTH = 6_371_008.8  # mean radius, metres
# The first search reaches 5 km, then 50, then 500; then the whole earth.
_REACHES = (5_000.0, 50_000.0, 500_000.0)


@dataclass(slots=True, frozen=True)
class Box:
    """West may be greater than east: then the box crosses the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    @property
    def query(self) -> Q:
        """Outlets inside, edges included."""
        tall = Q(lat__range=(self.south, self.north))
        if self.west <= self.east:
            return tall & Q(lng__range=(self.west, self.east))
        return tall & (Q(lng__gte=self.west) | Q(lng__lte=self.east))


def open_outlets() -> QuerySet[Outlet]:
    """Outlets that members can go to."""
    return Outlet.objects.filter(is_active=True, partner__is_active=True).select_related("partner")


def metres_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984)."""
    half_lat, half_lng = radians(other_lat - lat) / 2, radians(other_lng - lng) / 2
    square = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lng) ** 2
    return 2 * _EARTH * asin(min(1.0, sqrt(square)))


def nearest(outlets: QuerySet[Outlet], *, lat: float, lng: float, limit: int) -> list[tuple[Outlet, int]]:
    """The nearest outlets with their distances in metres, the nearest first; at one distance by id."""
    near: Sequence[tuple[float, int]] = []
    for reach in (*_REACHES, None):
        rows = outlets.filter(_around(lat, lng, reach).query) if reach else outlets
        all_near = sorted((metres_between(lat, lng, *place), pk) for pk, *place in rows.values_list("pk", "lat", "lng"))
        # Beyond its reach a box is no circle: only what lies within it is surely the nearest.
        near = [pair for pair in all_near if reach is None or pair[0] <= reach]
        if len(near) >= limit:
            break
    found = outlets.in_bulk([pk for _metres, pk in near[:limit]])
    return [(found[pk], round(metres)) for metres, pk in near[:limit] if pk in found]


def _around(lat: float, lng: float, reach: float) -> Box:
    """A box that holds the circle of `reach` metres."""
    tall = degrees(reach / _EARTH)
    south, north = lat - tall, lat + tall
    if south <= -90 or north >= 90:
        return Box(-180, max(south, -90), 180, min(north, 90))
    wide = degrees(asin(min(1.0, sin(reach / _EARTH) / cos(radians(lat)))))
    west, east = lng - wide, lng + wide
    if wide >= 180 or east - west >= 360:
        return Box(-180, south, 180, north)
    return Box(west + 360 if west < -180 else west, south, east - 360 if east > 180 else east, north)
