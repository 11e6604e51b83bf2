"""Where the reader is, as this browser remembers it: to about 100 m or as a city, in a cookie of the catalogue alone.

It never stands in an address, so it gets into no log; nothing of it is stored with the member.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from loyalty.domain.cabinet import Place
from partners.domain.map.cities import City

COOKIE = "place"
YEAR = 365 * 24 * 3600
_CITY = "city-"


@dataclass(frozen=True)
class Here:
    """A place that the device gave (`exact`), or the middle of a city."""

    place: Place
    city: str = ""

    @property
    def exact(self) -> bool:
        """Whether the device gave it."""
        return not self.city


def read(request: HttpRequest, cities: list[City]) -> Here | None:
    """The remembered place; None for none, or one that can't be."""
    value = request.COOKIES.get(COOKIE, "")[:400]
    if value.startswith(_CITY):
        return of_city(unquote(value.removeprefix(_CITY)), cities)
    lat, _dash, lng = value.partition("_")
    try:
        place = Place(round(float(lat), 3), round(float(lng), 3))
    except (ValueError, OverflowError):
        return None
    return Here(place) if -90 <= place.lat <= 90 and -180 <= place.lng <= 180 else None


def of_city(name: str, cities: list[City]) -> Here | None:
    """The middle of a city that has outlets."""
    city = next((one for one in cities if one.name == name), None)
    return Here(Place(round(city.lat, 3), round(city.lng, 3)), city.name) if city else None


def choose(request: HttpRequest, city: str, cities: list[City]) -> Here | None:
    """The place to count from: what the device gave, else the city asked for, else the city that was chosen last."""
    known = read(request, cities)
    return known if known and known.exact else of_city(city, cities) or known


def remember_city(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """The chosen city is the place from now on."""
    value = f"{_CITY}{quote(name)}"
    if request.COOKIES.get(COOKIE) != value:
        response.set_cookie(COOKIE, value, max_age=YEAR, path=reverse("partners"), samesite="Lax", secure=request.is_secure())


def forget(response: HttpResponse) -> None:
    """Remember no place."""
    response.delete_cookie(COOKIE, path=reverse("partners"), samesite="Lax")
