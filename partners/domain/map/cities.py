"""Cities with outlets, for those who don't tell where they are."""

from dataclasses import dataclass
from math import atan2, degrees, hypot

from loyalty.lib.later import numpy as np
from partners.domain.map import columns


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
    all_outlets = columns.current()
    size = len(all_outlets.texts)
    counts = np.bincount(all_outlets.cities, minlength=size)
    x, y, z = (np.bincount(all_outlets.cities, axis, size) for axis in all_outlets.vectors)
    found = []
    for place in np.flatnonzero(counts):
        country, _line, name = all_outlets.texts[place].partition("|")
        if name:
            found.append(City(name, country, int(counts[place]), *middle(float(x[place]), float(y[place]), float(z[place]))))
    found.sort(key=lambda city: (-city.outlets, city.name, city.country))
    return found[:limit]


def middle(x: float, y: float, z: float) -> tuple[float, float]:
    """(lat, lng) in degrees of a sum of unit vectors: right across the 180th meridian and around a pole too."""
    return round(degrees(atan2(z, hypot(x, y))), 6), round(degrees(atan2(y, x)), 6)
