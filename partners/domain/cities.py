"""Cities with outlets, for those who don't tell where they are."""

from dataclasses import dataclass
from math import atan2, degrees, hypot

from django.db.models import Count, Sum

from partners.models import Outlet


@dataclass(slots=True, frozen=True)
class City:
    """A city, how many outlets it has, and the middle of them in degrees."""

    name: str
    country: str
    outlets: int
    lat: float
    lng: float


def cities(*, limit: int | None = None) -> list[City]:
    """Cities with open outlets, the one with most first. One query."""
    rows = (
        Outlet.objects.filter(is_active=True, partner__is_active=True)
        .exclude(city="")
        .order_by()
        .values_list("country", "city")
        .annotate(count=Count("pk"), x=Sum("x"), y=Sum("y"), z=Sum("z"))
        .order_by("-count", "city", "country")
    )
    return [City(name, country, count, *middle(x, y, z)) for country, name, count, x, y, z in (rows[:limit] if limit else rows)]


def middle(x: float, y: float, z: float) -> tuple[float, float]:
    """(lat, lng) in degrees of a sum of unit vectors: right across the 180th meridian and around a pole too."""
    return round(degrees(atan2(z, hypot(x, y))), 6), round(degrees(atan2(y, x)), 6)
