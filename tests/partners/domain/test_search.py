"""Search: word forms, both alphabets, typing errors, the other keyboard layout; the column follows what is written."""

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from partners.domain import search, words
from partners.models import Category, Partner
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_category, make_outlet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def coalition(db: None) -> None:
    cafe = make_category("cafe", name_ru="Кафе и рестораны", name_en="Cafés and restaurants")
    health = make_category("health", name_ru="Аптеки и красота", name_en="Pharmacies and beauty")
    for slug, name, category, description in (
        ("zerno", "Зерно и пар", cafe, "Кофейни со своей обжаркой и свежей выпечкой."),
        ("starbucks", "Starbucks", cafe, "Coffee"),
        ("apteka", "Дом аптекаря", health, "Провизор отвечает на вопросы."),
        ("knigi", "Страница 9", None, "Книжные магазины с тихими залами. Книги и ёлочные игрушки."),
    ):
        partner = make_partner(slug)
        Partner.objects.filter(pk=partner.pk).update(name=name, category=category, description=description)
    make_outlet(Partner.objects.get(slug="knigi"), city="Казань", address="ул. Баумана, 7", name="Страница на Баумана")
    search.refresh()


@pytest.mark.parametrize("name", ["short_line", "description"])
@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [("ru", "Тёплые булочки", "булочка"), ("en", "Warm croissants", "croissant"), ("ro", "Pâine caldă", "paine"), ("lv", "Svaiga maizīte", "maizite")],
)
def test_a_text_is_found_in_each_language(name: str, language: str, text: str, typed: str) -> None:
    Partner.objects.filter(slug="zerno").update(**{f"{name}_{language}": text})
    search.refresh()
    assert found(typed) == ["zerno"]


def test_the_category_is_found_in_each_language() -> None:
    Category.objects.filter(slug="health").update(name_ro="Farmacii și frumusețe", name_lv="Aptiekas un skaistums")
    search.refresh()
    for typed in ("аптеки", "pharmacies", "farmacii", "skaistums"):
        assert found(typed) == ["apteka"], typed


def found(text: str) -> list[str]:
    scores = search.find(text).scores
    slugs = dict(Partner.objects.values_list("pk", "slug"))
    return [slugs[pk] for pk in sorted(scores, key=lambda pk: (-scores[pk], slugs[pk]))]


@pytest.mark.parametrize(
    ("typed", "slugs"),
    [
        ("зерно", ["zerno"]),
        ("зерна", ["zerno"]),
        ("ЗЕРНОМ", ["zerno"]),
        ("zerno", ["zerno"]),
        ("старбакс", ["starbucks"]),
        ("starbucks", ["starbucks"]),
        ("Starbuks", ["starbucks"]),
        ("кофе", ["starbucks", "zerno"]),
        ("coffee", ["starbucks", "zerno"]),
        ("kofe", ["starbucks", "zerno"]),
        ("кофейня", ["zerno"]),
        ("kofeynya", ["zerno"]),
        ("аптека", ["apteka"]),
        ("аптеками", ["apteka"]),
        ("apteka", ["apteka"]),
        ("pharmacy", ["apteka"]),
        ("рестораны", ["starbucks", "zerno"]),
        ("книга", ["knigi"]),
        ("елочная игрушка", ["knigi"]),
        ("казань", ["knigi"]),
        ("kazan", ["knigi"]),
        ("баумана", ["knigi"]),
        ("страница казань", ["knigi"]),
        ("зерно казань", []),
        ("аптикарь", ["apteka"]),
        ("зирно", ["zerno"]),
        ("starbuccks", ["starbucks"]),
        ("pthyj", ["zerno"]),
        ("ыефкигслы", ["starbucks"]),
        ("зер", ["zerno"]),
        ("и", []),
        ("", []),
        ("!!!", []),
        ("qwxzv", []),
        ("\x00", []),
    ],
)
def test_words_find_partners(typed: str, slugs: list[str]) -> None:
    assert found(typed) == slugs


def test_a_name_counts_more_than_a_text() -> None:
    coffee = make_partner("coffee-house")
    Partner.objects.filter(pk=coffee.pk).update(name="Кофе хаус", category=None)
    assert found("кофе")[0] == "coffee-house"


def test_what_was_searched_instead_is_told() -> None:
    assert search.find("зирно").instead == "зерно"
    assert search.find("rjatqyb").instead == "кофейни"
    assert search.find("зерно").instead == ""


def test_the_column_is_worked_out_on_the_way_where_it_is_empty(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tea = make_partner("tea")
    Partner.objects.filter(pk=tea.pk).update(name="Чайная лавка", search="")
    assert found("чай") == ["tea"]
    assert found("чайная") == ["tea"]
    search.refresh()
    with django_assert_num_queries(1):
        search.find("чайную лавку")


def test_refreshing_tells_what_changed() -> None:
    assert search.refresh() == 0
    Partner.objects.filter(slug="zerno").update(name="Колос")
    assert search.refresh(partner_ids=list(Partner.objects.filter(slug="apteka").values_list("pk", flat=True))) == 0
    assert search.refresh() == 1
    assert found("колос") == ["zerno"]


def test_inactive_partners_are_not_found() -> None:
    Partner.objects.filter(slug="zerno").update(is_active=False)
    assert found("зерно") == []


@pytest.mark.parametrize(("one", "other"), [("кофе", "coffee"), ("книги", "knigi"), ("ёлка", "елка"), ("café", "cafe"), ("щит", "shchit"), ("бутик", "butik")])
def test_both_alphabets_have_one_key(one: str, other: str) -> None:
    (first,), (second,) = words.split(one), words.split(other)
    assert words.keys(first)[0] == words.keys(second)[0]
