"""What the map asks for."""

from typing import Any

import pytest
from django.test import Client

from partners.models import Partner
from partners.views import tiles
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet
from tests.loyalty.views.pages import text

PINS = "/partners/outlets/pins/"


def test_pins_carry_the_readers_percentage_and_words_for_those_who_hear_them(client: Client, bakery: Partner) -> None:
    outlet = make_outlet(bakery)
    answer = client.get(f"{PINS}?bbox=37.5,55.7,37.7,55.8&zoom=17").json()
    assert answer["pins"] == [{"id": outlet.pk, "lat": 55.76, "lng": 37.61, "symbol": "coffee", "pct": "10%", "label": "Bakery, 10%"}]
    assert answer["total"] == 1


def test_far_away_outlets_are_clusters(client: Client, bakery: Partner) -> None:
    for n in range(80):
        make_outlet(bakery, str(n), lat=55.7 + n / 10_000)
    answer = client.get(f"{PINS}?bbox=30,50,45,60&zoom=5").json()
    [cluster] = answer["clusters"]
    assert cluster["count"] == 80
    assert cluster["label"] == "80 outlets, up to 10%, zoom in"
    assert answer["pins"] == []


def test_the_map_has_the_filters_of_the_list(client: Client, bakery: Partner) -> None:
    make_outlet(bakery)
    make_outlet(make_partner("chemist"))
    assert client.get(f"{PINS}?bbox=37.5,55.7,37.7,55.8&zoom=17").json()["total"] == 2
    assert client.get(f"{PINS}?bbox=37.5,55.7,37.7,55.8&zoom=17&category=coffee").json()["total"] == 1


@pytest.mark.parametrize("query", ["", "bbox=1,2,3&zoom=1", "bbox=a,b,c,d&zoom=1", "bbox=0,0,nan,1&zoom=1", "bbox=0,0,1,1&zoom=23", "bbox=0,9,1,1&zoom=3"])
def test_a_view_that_can_not_be_is_refused(client: Client, query: str) -> None:
    assert client.get(f"{PINS}?{query}").status_code == 400


def test_the_sheet_tells_the_outlet_in_short(client: Client, bakery: Partner) -> None:
    outlet = make_outlet(bakery, hours="24/7")
    client.cookies["place"] = "55.760_37.610"
    sheet = text(client.get(f"/partners/outlets/{outlet.pk}/", headers={"HX-Request": "true"}))
    assert sheet == "Bakery ул. Тверская, 1 · 10 m · around the clock 10% for you Route About the partner"
    assert client.get(f"/partners/outlets/{outlet.pk}/")["Location"] == f"/partners/bakery/?outlet={outlet.pk}"


def test_a_closed_outlet_has_no_sheet(client: Client, bakery: Partner) -> None:
    closed = make_outlet(bakery, is_active=False)
    assert client.get(f"/partners/outlets/{closed.pk}/").status_code == 404
    assert client.get(f"/partners/outlets/{closed.pk}/route/").status_code == 404


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("", ""),
        ("/own/{z}/{x}/{y}.png", ""),
        ("https://tile.example.org/{z}/{x}/{y}.png", "https://tile.example.org"),
        ("https://{s}.tile.example.org:8443/{z}/{x}/{y}.png?key=1", "https://*.tile.example.org:8443"),
    ],
)
def test_the_host_of_the_tiles_as_a_source_of_pictures(url: str, source: str) -> None:
    assert tiles.source(url) == source


def test_only_the_catalogue_lets_the_host_of_the_tiles_in(client: Client, bakery: Partner, settings: Any) -> None:
    settings.MAP_TILES_URL = "https://tile.example.org/{z}/{x}/{y}.png"
    assert "img-src 'self' data: https://tile.example.org" in client.get("/partners/")["Content-Security-Policy"]
    assert "tile.example.org" not in client.get("/partners/bakery/")["Content-Security-Policy"]
    assert "tile.example.org" not in client.get("/")["Content-Security-Policy"]
