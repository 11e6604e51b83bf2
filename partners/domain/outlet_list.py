"""All outlets of one partner, a page at a time: the nearest first, without a place by city and address."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from partners.domain import columns
from partners.domain.geo import Only
from partners.models import Outlet

PAGE = 20


@dataclass(slots=True, frozen=True)
class OutletPage:
    """Outlets with their distances in kilometres (None without a place), and the `after` of the next page, empty on the last."""

    outlets: Sequence[tuple[Outlet, float | None]]
    next: str


def page(*, partner_id: int, near: tuple[float, float] | None, after: str = "", limit: int = PAGE) -> OutletPage:
    """A page of a partner's open outlets. `near` is (lat, lng) in degrees. At most two queries; a broken `after` begins anew."""
    last_id, _line, last = after.partition("_")
    begun = last_id.isascii() and last_id.isdigit() and len(last_id) < 19
    if near is not None:
        return _by_distance(partner_id, near, (_number(last), int(last_id)) if begun else (-1.0, 0), limit)
    rows = Outlet.objects.filter(partner_id=partner_id, is_active=True)
    if begun and (seen := Outlet.objects.filter(partner_id=partner_id, pk=int(last_id)).first()):
        rows = rows.filter(Q(city__gt=seen.city) | Q(city=seen.city, address__gt=seen.address) | Q(city=seen.city, address=seen.address, pk__gt=seen.pk))
    found = list(rows.order_by("city", "address", "pk")[: limit + 1])
    next_after = str(found[limit - 1].pk) if len(found) > limit else ""
    return OutletPage([(outlet, None) for outlet in found[:limit]], next_after)


def _by_distance(partner_id: int, near: tuple[float, float], after: tuple[float, int], limit: int) -> OutletPage:
    outlets = columns.current()
    rows = np.flatnonzero(outlets.chosen(Only([partner_id])))
    ids, distances = outlets.ids[rows], outlets.distances(*near)[rows]
    order = np.lexsort((ids, distances))
    ranked = [(km, pk) for km, pk in zip(distances[order].tolist(), ids[order].tolist(), strict=True) if (km, pk) > after]
    shown = ranked[:limit]
    found = Outlet.objects.in_bulk([pk for _km, pk in shown])
    next_after = f"{shown[-1][1]}_{shown[-1][0]!r}" if len(ranked) > limit else ""
    return OutletPage([(found[pk], km) for km, pk in shown if pk in found], next_after)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
