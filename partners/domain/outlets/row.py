"""One outlet as somebody typed or sent it: texts in, checked values out. No database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from babel.core import get_global

from loyalty.lib.errors import DomainError
from partners.domain.outlets import hours, schedules

REQUIRED = ("external_id", "name", "address", "city", "country", "lat", "lng")
OPTIONAL = ("phone", "hours", "timezone")
_LENGTHS = {"external_id": 64, "name": 200, "address": 300, "city": 100, "country": 2, "phone": 40, "timezone": 64}
_FILLED = ("external_id", "name", "country", "lat", "lng")
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)


@dataclass(slots=True, frozen=True)
class OutletRow:
    """The values of an outlet. Coordinates are WGS84 degrees; hours are canonical; an empty time zone is the country's or the programme's."""

    external_id: str
    name: str
    address: str
    city: str
    country: str
    lat: float
    lng: float
    phone: str = ""
    hours: str = ""
    timezone: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """By field name."""
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(field.name for field in fields(OutletRow))


def read(values: Mapping[str, str]) -> tuple[OutletRow, str]:
    """The outlet that texts describe, and a warning (empty: none): hours and zones that can't be read are left out, not the outlet.

    Raises ValueError with the reason against it.
    """
    texts = {name: values.get(name, "").strip() for name in FIELDS}
    for name, text in texts.items():
        if "\x00" in text:
            raise ValueError(f"{name} contains a NUL character")
        if len(text) > _LENGTHS.get(name, 300):
            raise ValueError(f"{name} is longer than {_LENGTHS.get(name, 300)} characters")
    for name in _FILLED:
        if not texts[name]:
            raise ValueError(f"{name} is empty")
    country = texts["country"].upper()
    if country not in _countries():
        raise ValueError(f"country “{texts['country']}” is no two-letter code of ISO 3166, as in RU")
    lat, lng = _degrees(texts["lat"], "lat", 90), _degrees(texts["lng"], "lng", 180)
    if not lat and not lng:
        raise ValueError("lat 0, lng 0 lies in the ocean: the outlet has no coordinates")
    warnings = []
    kept = {"hours": "", "timezone": ""}
    for name, check in (("hours", hours.check), ("timezone", schedules.check_zone)):
        try:
            kept[name] = check(texts[name])
        except DomainError as error:
            warnings.append(f"loaded without {name}: {error.message}")
    row = OutletRow(texts["external_id"], texts["name"], texts["address"], texts["city"], country, lat, lng, texts["phone"], **kept)
    return row, " ".join(warnings)


def _degrees(text: str, name: str, most: int) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} “{text[:40]}” is not a number of degrees, as in 55.752023")
    value = float(text)
    if not -most <= value <= most:
        swapped = "; lat and lng may be swapped" if name == "lat" and abs(value) <= 180 else ""
        raise ValueError(f"{name} {text} is not between -{most} and {most}{swapped}")
    # A centimetre is enough, and what was written is read back the same.
    return round(value, 7)


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(get_global("territory_zones")) | {"XK"}
