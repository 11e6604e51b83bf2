"""What the map shows: every outlet once, in clusters or alone; and copies in memory that are never out of date."""

import random
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.domain.map import cities, clusters, columns
from partners.domain.map.clusters import STREET_ZOOM, View
from partners.domain.map.geo import Box, Only, distance_km
from partners.models import Outlet, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db

WORLD = Box(-180, -90, 180, 90)


def _city(partner: Partner, count: int = 200, *, lat: float = 55.75, lng: float = 37.62, **values: object) -> None:
    dice = random.Random(count)
    Outlet.objects.bulk_create(
        [
            Outlet(
                partner=partner,
                external_id=f"{lat}-{n:04}",
                **{"name": f"№ {n}", "address": "", "city": "", "country": "RU", **values},
                lat=dice.gauss(lat, 0.03),
                lng=(dice.gauss(lng, 0.05) + 180) % 360 - 180,
            )
            for n in range(count)
        ],
        batch_size=80,
    )


def _count(view: View) -> int:
    return sum(one.count for one in view.clusters) + len(view.pins)


@pytest.mark.parametrize("zoom", [0, 3, 8, 11, 14, 15])
def test_every_outlet_of_a_view_is_in_one_cluster_or_a_pin(zoom: int) -> None:
    _city(make_partner())
    view = clusters.view(WORLD, zoom=zoom)
    assert view.total == _count(view) == 200
    assert view.clusters
    for one in view.clusters:
        assert one.count > 1
        assert one.box.south <= one.lat <= one.box.north
        assert one.box.west <= one.lng <= one.box.east


def test_outlets_come_one_by_one_from_street_zoom() -> None:
    partner = make_partner()
    _city(partner)
    view = clusters.view(WORLD, zoom=STREET_ZOOM, percents={partner.pk: Decimal("7.5")})
    assert (view.clusters, len(view.pins), view.cut) == ([], 200, False)
    assert {pin.pct for pin in view.pins} == {Decimal("7.5")}
    assert {pin.name for pin in view.pins} == {f"№ {n}" for n in range(200)}


def test_a_cluster_tells_the_best_percentage_of_its_partners() -> None:
    small, great, unknown = make_partner("small"), make_partner("great"), make_partner("unknown")
    for partner in (small, great):
        _city(partner, 50)
    _city(unknown, 60, lat=-33.9, lng=151.2)
    view = clusters.view(WORLD, zoom=0, percents={small.pk: Decimal(3), great.pk: Decimal("12.5")})
    shown = {(one.lat > 0, one.best_pct) for one in view.clusters}
    assert shown == {(True, Decimal("12.5")), (False, None)}
    assert _count(view) == 160


def test_a_view_may_cross_the_180th_meridian() -> None:
    partner = make_partner()
    _city(partner, 100, lat=-17, lng=180)
    _city(partner, 50)
    view = clusters.view(Box(170, -30, -170, 0), zoom=5)
    assert view.total == _count(view) == 100
    # Nobody is put in the middle of Africa.
    assert all(abs(one.lng) > 170 for one in view.clusters)


def test_filters_apply_to_clusters() -> None:
    bakery, books = make_partner("bakery"), make_partner("books")
    _city(bakery, 60, hours="24/7", city="Москва")
    _city(books, 70)
    assert clusters.view(WORLD, zoom=3, only=Only([books.pk])).total == 70
    assert clusters.view(WORLD, zoom=3, only=Only(schedules=["|RU|24/7"])).total == 60
    assert clusters.view(WORLD, zoom=3, only=Only(city="Москва")).total == 60
    assert clusters.view(WORLD, zoom=3, only=Only([])) == View()


def test_clusters_stay_where_they_are_when_the_map_is_moved() -> None:
    _city(make_partner())
    whole = {(one.lat, one.lng, one.count) for one in clusters.view(Box(36, 54, 40, 57), zoom=11).clusters}
    moved = {(one.lat, one.lng, one.count) for one in clusters.view(Box(37, 54, 41, 57), zoom=11).clusters}
    assert whole == moved


def test_a_zoom_that_would_show_too_many_marks_is_answered_with_larger_clusters() -> None:
    dice = random.Random(2)
    partner = make_partner()
    Outlet.objects.bulk_create(
        [
            Outlet(partner=partner, external_id=f"{n}", name="x", address="", city="", country="RU", lat=dice.uniform(-80, 80), lng=dice.uniform(-180, 180))
            for n in range(1500)
        ],
        batch_size=80,
    )
    view = clusters.view(WORLD, zoom=18)
    assert len(view.clusters) + len(view.pins) <= clusters.MOST_MARKS
    assert (view.total, _count(view), view.cut) == (1500, 1500, True)


def test_a_view_costs_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _city(make_partner())
    columns.current()
    with django_assert_num_queries(2):
        clusters.view(WORLD, zoom=15)
    with django_assert_num_queries(1):
        clusters.view(WORLD, zoom=2)


def test_whoever_changes_an_outlet_the_map_shows_it() -> None:
    partner = make_partner()
    one = make_outlet(partner, "1", lat=10, lng=10)

    def seen() -> list[tuple[int, float]]:
        return [(pin.outlet_id, pin.lat) for pin in clusters.view(WORLD, zoom=STREET_ZOOM).pins]

    assert seen() == [(one.pk, 10)]
    Outlet.objects.filter(pk=one.pk).update(lat=20)
    assert seen() == [(one.pk, 20)]
    other = Outlet.objects.bulk_create(
        [Outlet(partner=partner, external_id=name, name="x", address="", city="", country="RU", lat=30, lng=1) for name in ("1", "2")], ignore_conflicts=True
    )[1]
    assert {lat for _pk, lat in seen()} == {20, 30}
    assert other.external_id == "2"
    Outlet.objects.filter(external_id="2").delete()
    assert seen() == [(one.pk, 20)]
    Partner.objects.filter(pk=partner.pk).update(is_active=False)
    assert seen() == []
    Partner.objects.filter(pk=partner.pk).update(is_active=True)
    Outlet.objects.update(is_active=False)
    assert seen() == []


def test_what_was_rolled_back_is_forgotten() -> None:
    partner = make_partner()
    make_outlet(partner, "1", lat=10)

    class Undo(Exception):
        pass

    for lat in (20, 30):
        with pytest.raises(Undo), transaction.atomic():
            Outlet.objects.update(lat=lat)
            assert columns.current().lats.tolist() == [lat]
            raise Undo
        assert columns.current().lats.tolist() == [10]


def test_an_outlet_that_moves_to_another_partner_moves_on_the_map() -> None:
    old, new = make_partner("old"), make_partner("new")
    make_outlet(old)
    columns.current()
    Outlet.objects.update(partner=new)
    assert columns.current().partners.tolist() == [new.pk]


def test_distances_of_columns_are_those_of_the_haversine() -> None:
    _city(make_partner(), 50, lat=-17, lng=180)
    outlets = columns.current()
    for lat, lng in ((0.0, 0.0), (-17.0, -179.99), (90.0, 5.0), (17.0, 0.0)):
        for distance, its_lat, its_lng in zip(outlets.distances(lat, lng).tolist(), outlets.lats.tolist(), outlets.lngs.tolist(), strict=True):
            assert distance == pytest.approx(distance_km(lat, lng, its_lat, its_lng), abs=2e-6)


def test_cities_come_with_their_number_and_middle() -> None:
    partner = make_partner()
    for number, lng in enumerate((179.5, -179.5, 179.5, -179.5)):
        make_outlet(partner, f"s{number}", city="Сува", country="FJ", lat=-18, lng=lng)
    make_outlet(partner, "m", city="Москва")
    make_outlet(partner, "nowhere", city="")
    suva, moscow = cities.cities()
    assert (suva.name, suva.country, suva.outlets, abs(suva.lng)) == ("Сува", "FJ", 4, 180)
    assert suva.lat == pytest.approx(-18, abs=0.01)
    assert (moscow.name, moscow.outlets, moscow.lat, moscow.lng) == ("Москва", 1, 55.76, 37.61)
    assert [one.name for one in cities.cities(limit=1)] == ["Сува"]
