"""The tiles of the map, as the operator configured them."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse


@dataclass(frozen=True)
class Tiles:
    """Where Leaflet gets tiles, and what their terms ask to be said; an empty address: the map is a plane."""

    url: str
    attribution: str
    max_zoom: int


def of_settings() -> Tiles:
    """As the environment says."""
    return Tiles(settings.MAP_TILES_URL, settings.MAP_TILES_ATTRIBUTION, settings.MAP_TILES_MAX_ZOOM)


def source(url: str) -> str:
    """The host of a tile address as a source of the content security policy; empty for none and for the site itself.

    Leaflet's {s} stands for a letter of a subdomain: https://*.tile.example.org.
    """
    parts = urlsplit(url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def allow(response: HttpResponse) -> None:
    """Let this page, and no other, show pictures of the host of the tiles."""
    if host := source(settings.MAP_TILES_URL):
        response._csp_update = {"img-src": [host]}  # type: ignore[attr-defined]
