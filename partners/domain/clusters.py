"""What a map shows of any view: clusters of outlets, or the outlets themselves from street zoom on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from partners.domain.geo import EVERYWHERE, Box, Only

# From this zoom on outlets are shown one by one (a street fills the screen) …
STREET_ZOOM = 16
# … and below it a view with so few of them has no need of clusters.
FEW = 60
MOST_PINS = 600


@dataclass(slots=True, frozen=True)
class Cluster:
    """Outlets near each other. `best_pct` is the greatest percentage of their partners; `box` holds them all."""

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
    """What a view of the map shows. `total` counts the outlets of all clusters and pins; `cut` tells that there were too many pins for one answer."""

    clusters: list[Cluster] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    total: int = 0
    cut: bool = False


def view(box: Box, *, zoom: int, only: Only = EVERYWHERE, percents: Mapping[int, Decimal] | None = None) -> View:
    """Clusters or pins of the outlets in a box at a zoom (0…22). `percents`: partner id → percentage, for pins and clusters."""
    from partners.domain.geo import within
    from partners.models import Outlet

    pins = [
        Pin(one.pk, one.partner_id, one.lat, one.lng, one.name, (percents or {}).get(one.partner_id))
        for one in Outlet.objects.filter(pk__in=within(box, limit=MOST_PINS, only=only)).order_by("pk")
    ]
    return View([], pins, len(pins))
