"""Partners and outlets over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from partners.domain.map.geo import distance_km
from partners.models import Category, Outlet, Partner
from tests.factories.loyalty import add_terms, make_partner
from tests.factories.till import Till, make_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return make_till(base="5.5")


def _outlet(partner: Partner, external_id: str, lat: float, lng: float, **more: Any) -> Outlet:
    return Outlet.objects.create(partner=partner, external_id=external_id, name=external_id, address="a", city="c", country="RU", lat=lat, lng=lng, **more)


def _names(till: Till, query: str) -> list[str]:
    names: list[str] = []
    url: str | None = f"outlets/?{query}"
    while url:
        answer = till.get(url)
        assert answer.status_code == 200, answer.content
        names += [row["name"] for row in answer.json()["results"]]
        url = (answer.json()["next"] or "").partition("/api/v1/")[2] or None
    return names


def test_partners_come_with_the_terms_of_today(till: Till) -> None:
    add_terms(till.partner, valid_from=timezone.now() - timedelta(days=1), base="7", spendable_pct=30)
    add_terms(till.partner, valid_from=timezone.now() + timedelta(days=1), base="9")
    gone = make_partner("gone")
    gone.is_active = False
    gone.save()
    food = Category.objects.create(slug="food", name="Еда")
    chemist = Partner.objects.create(slug="chemist", name="Аптека", category=food)
    content = till.get("partners/").json()
    assert [(row["slug"], row["base_pct"], row["spendable_pct"]) for row in content["results"]] == [("bakery", "7.000", "30.000"), ("chemist", None, None)]
    assert [row["slug"] for row in till.get("partners/?category=food").json()["results"]] == ["chemist"]
    assert [row["slug"] for row in till.get("partners/?q=bak").json()["results"]] == ["bakery"]
    assert till.get("partners/chemist/").json()["category"] == "food"
    assert till.get("partners/gone/").status_code == 404
    assert chemist.pk


@pytest.mark.parametrize(
    ("asked", "language", "description"),
    [
        ("en-GB, ru;q=0.5", "en", "Bread since 1990."),
        ("ru", "ru", "Хлеб с 1990 года."),
        ("de, lv;q=0.9", "lv", "Maize kopš 1990. gada."),
        ("ro", "ro", "Хлеб с 1990 года."),
        ("fr, *", "ru", "Хлеб с 1990 года."),
        ("", "ru", "Хлеб с 1990 года."),
    ],
)
def test_texts_come_in_the_language_asked_for(till: Till, asked: str, language: str, description: str) -> None:
    Partner.objects.filter(pk=till.partner.pk).update(
        description_ru="Хлеб с 1990 года.", description_en="Bread since 1990.", description_lv="Maize kopš 1990. gada."
    )
    Partner.objects.create(slug="chemist", name="Chemist", description_ru="Аптека")
    answer = till.get("partners/", language=asked)
    assert [row["description"] for row in answer.json()["results"]] == [description, "Аптека"]
    assert (answer["Content-Language"], "Accept-Language" in answer["Vary"]) == (language, True)
    assert till.get("partners/bakery/", language=asked).json()["description"] == description
    # Sentences stay English: programs and their authors read them.
    assert till.get("partners/?category=", language=asked).status_code == 200
    assert "no such query parameter" in till.get("partners/?colour=red", language=asked).json()["errors"][0]["detail"]


def test_pages_of_outlets_have_no_gaps(till: Till) -> None:
    for number in range(7):
        _outlet(till.partner, f"{number}", 55, 37)
    assert _names(till, "limit=3") == [str(number) for number in range(7)]


def test_a_box_holds_its_edges_and_only_open_outlets(till: Till) -> None:
    gone = make_partner("gone")
    gone.is_active = False
    gone.save()
    _outlet(till.partner, "corner", 55.5, 37.3)
    _outlet(till.partner, "inside", 55.7, 37.6)
    _outlet(till.partner, "north", 55.91, 37.6)
    _outlet(till.partner, "closed", 55.7, 37.6, is_active=False)
    _outlet(gone, "gone", 55.7, 37.6)
    assert _names(till, "bbox=37.3,55.5,37.9,55.9") == ["corner", "inside"]
    assert _names(till, "bbox=37.3,55.5,37.9,55.9&partner=nobody") == []


def test_a_box_may_cross_the_180th_meridian(till: Till) -> None:
    _outlet(till.partner, "fiji", -17, 178)
    _outlet(till.partner, "samoa", -14, -172)
    _outlet(till.partner, "moscow", 55, 37)
    assert _names(till, "bbox=170,-30,-170,0") == ["fiji", "samoa"]
    assert _names(till, "bbox=-170,-30,170,0") == []


def test_the_nearest_come_first_with_their_distance(till: Till) -> None:
    _outlet(till.partner, "2 km", 55.768, 37.62)
    _outlet(till.partner, "here", 55.75, 37.62)
    _outlet(till.partner, "spb", 59.94, 30.31)
    content = till.get("outlets/?near=55.75,37.62&limit=3").json()
    assert [(row["name"], row["distance"]) for row in content["results"][:2]] == [("here", 0), ("2 km", 2002)]
    assert content["results"][2]["distance"] == pytest.approx(634_000, rel=0.01)
    assert _names(till, "near=55.75,37.62&limit=1") == ["here"]


def test_near_works_across_the_meridian_and_at_the_pole(till: Till) -> None:
    _outlet(till.partner, "west", 0, 179.99)
    _outlet(till.partner, "east", 0, -179.99)
    _outlet(till.partner, "far", 0, 170)
    assert _names(till, "near=0,-179.995&limit=2") == ["east", "west"]
    _outlet(till.partner, "pole", 89.99, 0)
    assert _names(till, "near=89.99,180&limit=1") == ["pole"]


def test_near_is_what_sorting_all_outlets_gives(till: Till) -> None:
    places = [((n * 37 % 170) - 85, (n * 91 % 360) - 180) for n in range(60)]
    for number, (lat, lng) in enumerate(places):
        _outlet(till.partner, str(number), lat, lng)
    for lat, lng in ((0, 0), (80, 179), (-84, -179), (55.7, 37.6)):
        expected = sorted(range(60), key=lambda number: distance_km(lat, lng, *places[number]))[:5]
        assert _names(till, f"near={lat},{lng}&limit=5") == [str(number) for number in expected]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=0,10,1,5",
        "bbox=0,0,181,1",
        "bbox=nan,0,1,1",
        "near=91,0",
        "near=1",
        "near=inf,0",
        "limit=0",
        "cursor=-1",
        "bbox=",
        "zoom=23",
        "bbx=1",
    ],
)
def test_a_wrong_query_is_named(till: Till, query: str) -> None:
    answer = till.get(f"outlets/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.partition("=")[0])
