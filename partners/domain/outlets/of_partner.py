"""All outlets of one partner, a page at a time: the nearest first, without a place by city and address."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from loyalty.lib.later import numpy as np
from partners.domain.map import columns
from partners.domain.map.geo import Only
from partners.models import Outlet

PAGE = 20


@dataclass(slots=True, frozen=True)
class OutletPage:
    """Outlets with their distances in kilometres (None without a place), and the `after` of the next page, empty on the last."""

    outlets: Sequence[tuple[Outlet, float | None]]
    next: str


def page(*, partner_id: int, near: tuple[float, float] | None, after: str = "", limit: int = PAGE) -> OutletPage:
    """A page of a partner's open outlets. `near` is (lat, lng) in degrees. At most two queries; a broken `after` starts again."""
    last_id, _line, last = after.partition("_")
    seen = int(last_id) if last_id.isascii() and last_id.isdigit() and len(last_id) < 19 else None
    return _by_address(partner_id, seen, limit) if near is None else _by_distance(partner_id, near, seen, _number(last), limit)


def _by_address(partner_id: int, seen: int | None, limit: int) -> OutletPage:
    rows = Outlet.objects.filter(partner_id=partner_id, is_active=True)
    if seen is not None and (last := Outlet.objects.filter(partner_id=partner_id, pk=seen).first()):
        rows = rows.filter(Q(city__gt=last.city) | Q(city=last.city, address__gt=last.address) | Q(city=last.city, address=last.address, pk__gt=last.pk))
    found = list(rows.order_by("city", "address", "pk")[: limit + 1])
    return OutletPage([(outlet, None) for outlet in found[:limit]], str(found[limit - 1].pk) if len(found) > limit else "")


def _by_distance(partner_id: int, near: tuple[float, float], seen: int | None, far: float | None, limit: int) -> OutletPage:
    all_outlets = columns.current()
    rows = np.flatnonzero(all_outlets.chosen(Only([partner_id])))
    distances, ids = all_outlets.distances(*near)[rows], all_outlets.ids[rows]
    if seen is not None and far is not None:
        rest = (distances > far) | ((distances == far) & (ids > seen))
        distances, ids = distances[rest], ids[rest]
    order = np.lexsort((ids, distances))[: limit + 1]
    shown = [(int(ids[place]), float(distances[place])) for place in order[:limit]]
    outlets = Outlet.objects.in_bulk([pk for pk, _km in shown])
    return OutletPage([(outlets[pk], km) for pk, km in shown if pk in outlets], "{}_{!r}".format(*shown[-1]) if len(order) > limit else "")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 100_000 else None
