"""The nearest of any set of outlets, as a query describes it. Where the set is all of them, see partners/domain/map/geo.py."""

from collections.abc import Sequence

from django.db.models import QuerySet

from partners.domain.map.geo import around, distance_km
from partners.models import Outlet

# The first search reaches 5 km, then 50, then 500; then the whole earth.
_REACHES = (5.0, 50.0, 500.0)


def open_outlets() -> QuerySet[Outlet]:
    """Outlets that members can go to."""
    return Outlet.objects.filter(is_active=True, partner__is_active=True).select_related("partner")


def nearest(outlets: QuerySet[Outlet], *, lat: float, lng: float, limit: int) -> list[tuple[Outlet, int]]:
    """The nearest outlets with their distances in metres, the nearest first; at one distance by external id."""
    near: Sequence[tuple[float, str, int]] = []
    for reach in (*_REACHES, None):
        rows = outlets.filter(around(lat, lng, reach).query) if reach else outlets
        all_near = sorted((distance_km(lat, lng, *place), name, pk) for pk, name, *place in rows.values_list("pk", "external_id", "lat", "lng"))
        # Beyond its reach a box is no circle: only what lies within it is surely the nearest.
        near = [one for one in all_near if reach is None or one[0] <= reach]
        if len(near) >= limit:
            break
    found = outlets.in_bulk([pk for _km, _name, pk in near[:limit]])
    return [(found[pk], round(km * 1000)) for km, _name, pk in near[:limit] if pk in found]
