"""The catalogue: filters, orders, my percentage, pages without gaps, a constant number of queries."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import cabinet, levels
from loyalty.domain.cabinet import CataloguePage, CatalogueQuery, Place, RatePart, my_rates
from loyalty.domain.levels import LevelHeld
from loyalty.enums import LotSource
from loyalty.models import Programme
from partners.domain import columns, favourites, search
from partners.domain.geo import Only
from partners.models import Partner
from tests.factories.loyalty import add_terms, make_member, make_partner, make_programme, moment
from tests.factories.partners import make_category, make_outlet

pytestmark = pytest.mark.django_db

CENTRE = Place(55.76, 37.61)


@pytest.fixture
def programme() -> Programme:
    return make_programme(spendable_share=Decimal(50))


@pytest.fixture
def now(programme: Programme) -> datetime:
    return moment("2026-11-23 12:00", programme)  # a Monday


@pytest.fixture
def member() -> Member:
    return make_member()


@pytest.fixture
def coalition(programme: Programme) -> dict[str, Partner]:
    """Near the centre: ambar (2 %, closed), then zerno (6 %), then bereg (4 %, takes no points); far: dom (0 %)."""
    cafe = make_category("cafe")
    made = {}
    for slug, base, terms, lng, hours, city in (
        ("zerno", "6", {"spendable_pct": 30}, 37.63, "24/7", "Москва"),
        ("ambar", "2", {}, 37.61, "Mo-Fr 13:00-14:00", "Москва"),
        ("bereg", "4", {"spendable_pct": 0}, 37.70, "Mo-Fr 09:00-18:00", "Москва"),
        ("dom", "0", {}, 49.11, "", "Казань"),
    ):
        partner = make_partner(slug, base=base, **terms)
        made[slug] = partner
        make_outlet(partner, "near", lng=lng, hours=hours, city=city)
    make_outlet(made["zerno"], "far", lng=39.0, city="Тула")
    Partner.objects.filter(slug="zerno").update(category=cafe)
    search.refresh()
    return made


def ask(programme: Programme, now: datetime, member: Member | None = None, limit: int = 24, **query: Any) -> CataloguePage:
    return cabinet.find_partners(query=CatalogueQuery(**query), member_id=member.pk if member else None, programme=programme, now=now, limit=limit)


def slugs(page: CataloguePage) -> list[str]:
    return [row.partner.slug for row in page.rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["zerno", "bereg", "ambar", "dom"]),
        ({"sort": "name"}, ["ambar", "bereg", "dom", "zerno"]),
        ({"near": CENTRE}, ["ambar", "zerno", "bereg", "dom"]),
        ({"near": CENTRE, "sort": "mine"}, ["zerno", "bereg", "ambar", "dom"]),
        ({"sort": "distance"}, ["zerno", "bereg", "ambar", "dom"]),
        ({"category": "cafe"}, ["zerno"]),
        ({"category": "nothing"}, []),
        ({"earn": True}, ["zerno", "bereg", "ambar"]),
        ({"spend": True}, ["zerno", "ambar", "dom"]),
        ({"open_now": True}, ["zerno", "bereg"]),
        ({"city": "Казань"}, ["dom"]),
        ({"city": "Тула"}, ["zerno"]),
        ({"city": "Тула", "open_now": True}, []),
        ({"near": CENTRE, "max_km": 3.0}, ["ambar", "zerno"]),
        ({"max_km": 3.0, "sort": "name"}, ["ambar", "bereg", "dom", "zerno"]),
        ({"has_offers": True}, []),
        ({"favourites": True}, []),
        ({"q": "зерно"}, ["zerno"]),
        ({"q": "berig"}, ["bereg"]),
        ({"q": "nobody at all"}, []),
    ],
)
def test_filters_and_orders(coalition: dict[str, Partner], programme: Programme, now: datetime, query: dict[str, Any], expected: list[str]) -> None:
    page = ask(programme, now, **query)
    assert slugs(page) == expected
    assert page.count == len(expected)


def test_a_row_has_the_nearest_outlet_and_its_hours(coalition: dict[str, Partner], programme: Programme, now: datetime) -> None:
    (row,) = ask(programme, now, q="zerno", near=Place(55.76, 38.9)).rows
    assert row.outlet
    assert (row.outlet.external_id, row.outlets, row.distance_km) == ("far", 2, pytest.approx(6.26, abs=0.01))
    (here,) = ask(programme, now, q="zerno", near=CENTRE).rows
    assert here.outlet
    assert (here.outlet.external_id, here.hours.is_open, here.hours.around_the_clock) == ("near", True, True)
    (placeless,) = ask(programme, now, q="zerno").rows
    assert placeless.outlet
    assert (placeless.outlet.external_id, placeless.distance_km) == ("far", None)


def test_the_share_payable_with_points_is_the_partners_else_the_programmes(coalition: dict[str, Partner], programme: Programme, now: datetime) -> None:
    assert {row.partner.slug: row.spendable_pct for row in ask(programme, now).rows} == {"zerno": 30, "ambar": 50, "bereg": 0, "dom": 50}


def test_favourites_are_the_members_own(coalition: dict[str, Partner], programme: Programme, now: datetime, member: Member) -> None:
    favourites.mark(partner_id=coalition["bereg"].pk, member_id=member.pk, now=now)
    favourites.mark(partner_id=coalition["zerno"].pk, member_id=make_member().pk, now=now)
    assert slugs(ask(programme, now, member, favourites=True)) == ["bereg"]
    assert [row.partner.slug for row in ask(programme, now, member).rows if row.is_favourite] == ["bereg"]
    favourites.unmark(partner_id=coalition["bereg"].pk, member_id=member.pk)
    assert slugs(ask(programme, now, member, favourites=True)) == []


def test_my_percentage_is_the_base_and_my_level(
    coalition: dict[str, Partner], programme: Programme, now: datetime, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    silver = LevelHeld(1, "silver", 2, "Серебро", "Silver", 2, Decimal("1.5"))
    monkeypatch.setattr(levels, "held_by", lambda member_id, *, at: silver)
    zerno = coalition["zerno"].pk
    mine = my_rates(partner_ids=[zerno], member_id=member.pk, at=now)[zerno]
    assert mine.parts == (RatePart(LotSource.BASE, "", Decimal("6.000")), RatePart(LotSource.LEVEL, silver.title, Decimal("1.5")))
    assert mine.total == Decimal("7.5")
    assert my_rates(partner_ids=None, member_id=None, at=now)[zerno].total == 6
    # The level alone earns where the base is nothing.
    assert "dom" in slugs(ask(programme, now, member, earn=True))


def test_the_terms_of_the_moment_count(coalition: dict[str, Partner], programme: Programme, now: datetime) -> None:
    add_terms(coalition["dom"], valid_from=now - timedelta(minutes=1), base="20")
    add_terms(coalition["zerno"], valid_from=now + timedelta(minutes=1), base="30")
    assert slugs(ask(programme, now)) == ["dom", "zerno", "bereg", "ambar"]
    assert slugs(ask(programme, now + timedelta(minutes=1)))[0] == "zerno"


def test_a_listing_confirmed_lately_comes_first_among_equals(programme: Programme, now: datetime) -> None:
    for slug in ("a-stale", "b-fresh"):
        make_partner(slug)
    Partner.objects.update(created_at=now - timedelta(days=400))
    Partner.objects.filter(slug="b-fresh").update(confirmed_at=now - timedelta(days=89))
    page = ask(programme, now)
    assert [(row.partner.slug, row.fresh) for row in page.rows] == [("b-fresh", True), ("a-stale", False)]


@pytest.mark.parametrize("query", [{}, {"near": CENTRE}, {"sort": "name"}, {"q": "shop"}])
def test_pages_have_no_gaps_and_no_doubles(programme: Programme, now: datetime, query: dict[str, Any]) -> None:
    for number in range(11):
        make_outlet(make_partner(f"shop-{number}", base=str(number % 3)), lng=37.6 + number % 4 / 100)
    whole = slugs(ask(programme, now, **query))
    asked, seen = CatalogueQuery(**query), []
    while True:
        page = cabinet.find_partners(query=asked, member_id=None, programme=programme, now=now, limit=4)
        seen += slugs(page)
        assert page.count == 11
        if not page.next:
            break
        asked = replace(asked, after=page.next)
    assert seen == whole
    assert len(set(whole)) == 11


@pytest.mark.parametrize("after", ["x", "W10", "WzEsMl0", "bm9uZQ", "é", "WzEsMiwzLDRd", "bnVsbA"])
def test_a_broken_address_shows_the_first_page(coalition: dict[str, Partner], programme: Programme, now: datetime, after: str) -> None:
    assert len(ask(programme, now, after=after).rows) == 4


def test_a_page_costs_the_same_with_one_partner_and_with_many(programme: Programme, now: datetime, member: Member) -> None:
    def cost() -> int:
        search.refresh()
        columns.current()
        with CaptureQueriesContext(connection) as queries:
            ask(programme, now, member, q="shop", near=CENTRE, open_now=True)
        return len(queries)

    make_outlet(make_partner("shop"), hours="24/7")
    one = cost()
    for number in range(40):
        partner = make_partner(f"shop-{number}")
        for name in range(3):
            make_outlet(partner, f"{name}", hours=f"Mo-Su 0{name}:00-23:00")
    assert cost() == one == 8


def test_the_map_shows_the_outlets_of_the_same_filters(coalition: dict[str, Partner], programme: Programme, now: datetime) -> None:
    def meant(**query: Any) -> Only:
        return cabinet.outlets_to_show(query=CatalogueQuery(**query), member_id=None, programme=programme, now=now)

    assert meant() == Only()
    assert meant(category="cafe").partner_ids == [coalition["zerno"].pk]
    open_now = meant(open_now=True, city="Москва")
    outlets = columns.current()
    shown = outlets.partners[outlets.chosen(open_now)].tolist()
    assert sorted(shown) == sorted([coalition["zerno"].pk, coalition["bereg"].pk])
