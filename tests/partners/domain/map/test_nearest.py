"""The nearest outlets: what measuring all of them would give, anywhere on the earth, in two queries."""

import random
from collections.abc import Sequence
from typing import Any

import numpy
import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.domain.map import geo
from partners.domain.map.geo import Box, Only, distance_km
from partners.models import Outlet, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db

Place = tuple[float, float]


def _places(count: int, dice: random.Random) -> list[Place]:
    """A third in two dense cities, one at the 180th meridian; a third at the poles and the meridian; a third anywhere."""
    places = []
    for number in range(count):
        if number % 3 == 0:
            lat, lng = dice.choice([(55.75, 37.62), (-18.1, 179.98)])
            places.append((dice.gauss(lat, 0.05), (dice.gauss(lng, 0.1) + 180) % 360 - 180))
        elif number % 3 == 1:
            places.append(dice.choice([(dice.uniform(84, 90), dice.uniform(-180, 180)), (-dice.uniform(84, 90), 0.0), (dice.uniform(-90, 90), 180.0)]))
        else:
            places.append((dice.uniform(-90, 90), dice.uniform(-180, 180)))
    return places


def _fill(partner: Partner, places: Sequence[Place]) -> list[Outlet]:
    return Outlet.objects.bulk_create(
        [Outlet(partner=partner, external_id=f"{n:05}", name="x", address="", city="", country="RU", lat=lat, lng=lng) for n, (lat, lng) in enumerate(places)],
        batch_size=80,
    )


def _directions(places: Sequence[Place]) -> Any:
    """Where places lie as seen from the middle of the earth."""
    lat, lng = numpy.radians(numpy.array(places, dtype=float)).T
    return numpy.column_stack([numpy.cos(lat) * numpy.cos(lng), numpy.cos(lat) * numpy.sin(lng), numpy.sin(lat)])


def _by_hand(outlets: Sequence[Outlet], lat: float, lng: float, limit: int) -> list[tuple[float, str]]:
    return sorted((round(distance_km(lat, lng, one.lat, one.lng), 6), one.external_id) for one in outlets)[:limit]


def test_nearest_equals_brute_force_on_a_thousand_points() -> None:
    dice = random.Random(20261122)
    outlets = _fill(make_partner(), _places(3_000, dice))
    asked = [
        *_places(990, dice),
        (90.0, 0.0),
        (-90.0, 17.0),
        (0.0, 180.0),
        (0.0, -180.0),
        (-18.1, -179.999),
        (89.999, 179.0),
        (55.75, 37.62),
        (0, 0),
        (45, 90),
        (1, 1),
    ]
    globe = _directions([(one.lat, one.lng) for one in outlets])
    for lat, lng in asked:
        lat, lng = min(max(lat, -90.0), 90.0), lng
        found = geo.nearest(lat, lng, limit=10)
        # Who isn't among the hundred nearest by the angle needn't be measured.
        candidates = [outlets[place] for place in numpy.argpartition(-(globe @ _directions([(lat, lng)])[0]), 100)[:100]]
        assert [(one.distance_km, one.external_id) for one in found] == _by_hand(candidates, lat, lng, 10), (lat, lng)


def test_nearest_takes_two_queries_and_three_in_sparse_places(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _fill(make_partner(), _places(300, random.Random(1)))
    with django_assert_num_queries(2):
        geo.nearest(55.75, 37.62, limit=10)
    with django_assert_num_queries(3):
        geo.nearest(-60, -100, limit=10)


def test_fewer_outlets_than_asked_for_take_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    outlets = _fill(make_partner(), [(1, 1), (2, 2), (-89, 3)])
    with django_assert_num_queries(1):
        found = geo.nearest(0, 0, limit=10)
    assert [(one.distance_km, one.external_id) for one in found] == _by_hand(outlets, 0, 0, 10)


def test_the_distance_is_the_haversine_of_the_mean_radius() -> None:
    # Moscow – Saint Petersburg, and a quarter of a meridian.
    assert distance_km(55.7558, 37.6173, 59.9343, 30.3351) == pytest.approx(633.0, abs=1)
    assert distance_km(0, 0, 90, 0) == pytest.approx(6371.0088 * 3.141592653589793 / 2)
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(distance_km(0, 0, 0, 1))


def test_at_one_distance_the_external_id_decides() -> None:
    partner = make_partner()
    for name in ("b", "c", "a"):
        make_outlet(partner, name, lat=10, lng=10)
    make_outlet(partner, "0 to the east", lat=10, lng=10.1)
    make_outlet(partner, "1 to the west", lat=10, lng=9.9)
    assert [one.external_id for one in geo.nearest(10, 10, limit=4)] == ["a", "b", "c", "0 to the east"]


def test_only_open_outlets_of_active_partners_that_are_meant() -> None:
    bakery, books, gone = make_partner("bakery"), make_partner("books"), make_partner("gone")
    Partner.objects.filter(pk=gone.pk).update(is_active=False)
    make_outlet(bakery, "closed", is_active=False)
    make_outlet(gone, "gone")
    make_outlet(bakery, "round the clock", hours="24/7")
    make_outlet(books, "kazan", city="Казань")

    def names(only: Only) -> list[str]:
        return [one.external_id for one in geo.nearest(55.76, 37.61, limit=10, only=only)]

    assert names(Only()) == ["kazan", "round the clock"]
    assert names(Only([books.pk, gone.pk])) == ["kazan"]
    assert names(Only(schedules=["|RU|24/7"])) == ["round the clock"]
    assert names(Only(city="Казань")) == ["kazan"]
    assert names(Only([])) == []


def test_a_far_partner_is_found_past_many_near_outlets_of_others() -> None:
    near, far = make_partner("near"), make_partner("far")
    _fill(near, [(55.75 + n / 10_000, 37.62) for n in range(200)])
    make_outlet(far, "tokyo", lat=35.68, lng=139.76)
    (found,) = geo.nearest(55.75, 37.62, limit=3, only=Only([far.pk]))
    assert (found.external_id, found.distance_km) == ("tokyo", round(distance_km(55.75, 37.62, 35.68, 139.76), 6))


def test_none_beyond_the_greatest_distance() -> None:
    partner = make_partner()
    make_outlet(partner, "here", lat=10, lng=10)
    make_outlet(partner, "111 km", lat=11, lng=10)
    assert [one.external_id for one in geo.nearest(10, 10, limit=5, max_km=100)] == ["here"]
    assert [one.external_id for one in geo.nearest(10, 10, limit=5, max_km=112)] == ["here", "111 km"]


@pytest.mark.parametrize(
    "box",
    [Box(-180, -90, 180, 90), Box(30, 50, 40, 60), Box(170, -30, -170, 10), Box(-180, 84, 180, 90), Box(179.9, -90, -179.9, 90), Box(37.6, 55.7, 37.6, 55.8)],
)
def test_a_box_holds_what_comparing_all_of_them_gives(box: Box, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    outlets = _fill(make_partner(), [*_places(600, random.Random(7)), (55.7, 37.6), (55.8, 37.6), (90, 180), (-90, -180)])
    inside = [
        one.pk
        for one in outlets
        if box.south <= one.lat <= box.north and (box.west <= one.lng <= box.east if box.west <= box.east else one.lng >= box.west or one.lng <= box.east)
    ]
    with django_assert_num_queries(1):
        assert geo.within(box, limit=10_000) == inside
    assert list(Outlet.objects.filter(box.query).order_by("pk").values_list("pk", flat=True)) == inside


def test_pages_of_a_box_have_no_gaps() -> None:
    outlets = _fill(make_partner(), [(1.0, 1.0)] * 7)
    first = geo.within(Box(0, 0, 2, 2), limit=4)
    assert first + geo.within(Box(0, 0, 2, 2), limit=4, after=first[-1]) == [one.pk for one in outlets]


def test_the_database_numbers_cells_as_the_domain_does() -> None:
    places = [*_places(300, random.Random(3)), (90.0, 180.0), (-90.0, -180.0), (0.0, 0.0), (-0.0, -1e-12)]
    for one in _fill(make_partner(), places):
        one.refresh_from_db()
        assert one.cell == geo.cell(one.lat, one.lng), (one.lat, one.lng)
