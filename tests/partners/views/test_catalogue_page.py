"""/partners/ : the list, its filters and pages."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.models import Programme
from partners.domain import favourites, search
from partners.models import Category, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet
from tests.loyalty.views.pages import raw, text


def names(response: HttpResponse) -> list[str]:
    """The partners of a list, in its order."""
    return re.findall(r'<h3><a href="/partners/[^"]+"[^>]*>([^<]+)</a>', response.content.decode())


@pytest.fixture
def three(bakery: Partner) -> list[Partner]:
    """A bakery and a chemist in Moscow, a library in Kazan, at 10, 3 and 5 %."""
    chemist, library = make_partner("chemist", base="3"), make_partner("library", base="5")
    make_outlet(bakery, hours="24/7")
    make_outlet(chemist, lat=55.80, hours="Mo-Su 20:00-22:00")
    make_outlet(library, city="Казань", lat=55.79, lng=49.11)
    search.refresh()
    return [bakery, chemist, library]


def test_a_partner_stands_in_the_list_with_the_readers_percentage(client: Client, bakery: Partner) -> None:
    make_outlet(bakery)
    page = text(client.get("/partners/"))
    assert "1 partner, 1 outlet" in page
    assert "Bakery" in page
    assert "10% for you" in page


def test_visitors_see_the_same_with_the_way_to_log_in(visitor: Client, three: list[Partner]) -> None:
    response = visitor.get("/partners/")
    assert names(response) == ["Bakery", "Library", "Chemist"]
    assert "10% back" in text(response)
    assert "Log in" in text(response)
    assert "Favourites" not in text(response)
    assert '<link rel="canonical"' in raw(response)
    assert "noindex" not in response.headers.get("X-Robots-Tag", "")


def test_a_members_list_is_private(client: Client, three: list[Partner]) -> None:
    assert "no-store" in client.get("/partners/")["Cache-Control"]


def test_filters_of_the_address(client: Client, member: Member, three: list[Partner], now: datetime) -> None:
    assert names(client.get("/partners/?open=1")) == ["Bakery"]
    assert names(client.get("/partners/?city=Казань")) == ["Library"]
    assert names(client.get("/partners/?category=coffee")) == ["Bakery"]
    assert names(client.get("/partners/?q=chemist")) == ["Chemist"]
    assert names(client.get("/partners/?sort=name")) == ["Bakery", "Chemist", "Library"]
    favourites.mark(partner_id=three[2].pk, member_id=member.pk, now=now)
    assert names(client.get("/partners/?favourites=1")) == ["Library"]


@pytest.mark.parametrize("query", ["category=nothing", "city=Nowhere", "within=7", "sort=best", "n=9999", "n=x", "after=%00", "view=globe"])
def test_what_the_address_can_not_mean_is_as_if_not_asked(client: Client, three: list[Partner], query: str) -> None:
    assert len(names(client.get(f"/partners/?{query}"))) == 3


def test_every_filter_that_is_on_can_be_taken_off(client: Client, three: list[Partner]) -> None:
    page = raw(client.get("/partners/?open=1&city=Москва&q=bakery&view=map"))
    assert 'href="/partners/?q=bakery&city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0&view=map"' in page
    assert 'href="/partners/?view=map">Reset all' in page


def test_the_order_that_is_taken_without_a_choice_stays_out_of_the_address(client: Client, three: list[Partner]) -> None:
    assert '<option value="" selected>By my rate</option><option value="name">' in raw(client.get("/partners/"))
    assert '<option value="" selected>Best match</option><option value="mine">' in raw(client.get("/partners/?q=bakery"))


def test_an_empty_result_says_what_to_do(client: Client, three: list[Partner]) -> None:
    assert "Nobody for “zzzz”" in text(client.get("/partners/?q=zzzz"))
    assert "Your favourites will be here" in text(client.get("/partners/?favourites=1"))
    assert "Nobody with all these filters" in text(client.get("/partners/?city=Казань&category=coffee"))


def test_htmx_gets_what_the_filters_change_and_the_address_to_show(client: Client, three: list[Partner]) -> None:
    answer = client.get("/partners/?q=&category=coffee&city=&sort=", headers={"HX-Request": "true"})
    assert "<html" not in raw(answer)
    assert answer["HX-Push-Url"] == "/partners/?category=coffee"
    assert "HX-Request" in answer["Vary"]
    typed = client.get("/partners/?q=bak", headers={"HX-Request": "true", "HX-Trigger-Name": "q"})
    assert typed["HX-Replace-Url"] == "/partners/?q=bak"
    assert "HX-Push-Url" not in typed


def test_more_is_a_link_that_goes_on_where_the_list_ended(client: Client, programme: Programme) -> None:
    for n in range(30):
        make_outlet(make_partner(f"shop-{n:02}"))
    first = client.get("/partners/?sort=name")
    more = re.search(r'<a class="btn btn-line wide" href="([^"]+)"', raw(first))
    assert more
    second = client.get(more[1])
    assert len(names(first)) == 24
    assert names(first) + names(second) == [f"Shop-{n:02}" for n in range(30)]
    joined = client.get(more[1], headers={"HX-Request": "true"})
    assert names(joined) == names(second)
    assert joined["HX-Replace-Url"] == "/partners/?sort=name&n=30"
    assert len(names(client.get(joined["HX-Replace-Url"]))) == 30


def test_the_remembered_place_orders_the_list_and_a_broken_one_does_not(client: Client, three: list[Partner]) -> None:
    client.cookies["place"] = "55.790_49.110"
    page = client.get("/partners/")
    assert names(page) == ["Library", "Chemist", "Bakery"]
    assert "Nearest to you first" in text(page)
    for broken in ("", "nan_1", "91_0", "1e999_0", "city-Nowhere", "55.7", "%00", "x" * 5000):
        client.cookies["place"] = broken
        assert names(client.get("/partners/")) == ["Bakery", "Library", "Chemist"]


def test_a_chosen_city_is_remembered_unless_the_device_told_its_place(client: Client, three: list[Partner]) -> None:
    answer = client.get("/partners/?city=Казань")
    assert answer.cookies["place"]["path"] == "/partners/"
    assert names(client.get("/partners/")) == ["Library", "Chemist", "Bakery"]
    assert "middle of Москва" in text(client.get("/partners/?city=Москва"))
    client.cookies["place"] = "55.760_37.610"
    assert "place" not in client.get("/partners/?city=Казань").cookies


def test_a_forgotten_place_is_gone_and_leads_nowhere_else(client: Client, three: list[Partner]) -> None:
    client.cookies["place"] = "55.790_49.110"
    answer = client.post("/partners/place/forget/", {"next": "/partners/?open=1"})
    assert answer["Location"] == "/partners/?open=1"
    assert answer.cookies["place"]["max-age"] == 0
    assert client.post("/partners/place/forget/", {"next": "https://evil.example/"})["Location"] == "/partners/"


def test_names_are_in_the_readers_language(client: Client, bakery: Partner) -> None:
    Category.objects.filter(slug="coffee").update(name_en="Cafés")
    assert "Cafés 1" in text(client.get("/partners/"))


def test_nothing_of_a_name_is_markup(client: Client, bakery: Partner) -> None:
    Partner.objects.update(name="<script>alert(1)</script>")
    make_outlet(bakery)
    search.refresh()
    assert "<script>alert" not in client.get("/partners/?q=alert").content.decode()


def test_the_number_of_queries_does_not_grow(client: Client, three: list[Partner]) -> None:
    client.get("/partners/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/partners/")
    for n in range(20):
        make_outlet(make_partner(f"shop-{n:02}"))
    client.get("/partners/")
    with CaptureQueriesContext(connection) as many:
        client.get("/partners/")
    assert len(many) == len(few) <= 20
