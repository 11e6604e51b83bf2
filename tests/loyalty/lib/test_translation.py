"""Texts in the programme's languages: which one is read, found and written."""

import pytest
from django.conf import settings
from django.db import connection
from django.utils.translation import override

from loyalty.lib import translation
from partners.models import Category, Partner
from quests.models import Quest
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_category
from tests.factories.quests import make_quest

pytestmark = pytest.mark.django_db
BREAD = {"name_ru": "Хлеб", "name_en": "Bread", "name_ro": "Pâine", "name_lv": "Maize"}


@pytest.mark.parametrize(("language", "name"), [("ru", "Хлеб"), ("en", "Bread"), ("ro", "Pâine"), ("lv", "Maize"), ("fr", "Хлеб")])
def test_each_reads_their_own(language: str, name: str) -> None:
    make_category(**BREAD)
    with override(language):
        assert Category.objects.get().name == name
        assert list(Category.objects.values_list("name", flat=True)) == [name]
        assert Category.objects.filter(name=name).exists()


@pytest.mark.parametrize("language", settings.MODELTRANSLATION_LANGUAGES)
@pytest.mark.parametrize(("texts", "name"), [({"name_lv": "Maize"}, "Maize"), ({"name_en": "Bread", "name_lv": "Maize"}, "Bread")])
def test_the_first_language_with_a_text_stands_in(language: str, texts: dict[str, str], name: str) -> None:
    category = make_category(name="", **texts)
    with override(language):
        assert category.name == texts.get(f"name_{language}", name)
        assert Category.objects.values("name").get() == {"name": texts.get(f"name_{language}", name)}


def test_no_text_is_an_empty_one() -> None:
    partner = make_partner()
    with connection.cursor() as cursor:
        cursor.execute("SELECT short_line_ru, short_line_en, short_line_ro, short_line_lv FROM partners_partner")
        assert cursor.fetchall() == [("", "", "", "")]
    assert partner.short_line == ""
    nullable = [field.name for name in translation.names(Partner) for field in Partner._meta.fields if field.name in translation.columns(name) and field.null]
    assert nullable == []


def test_a_text_is_written_into_the_column_of_the_language() -> None:
    make_partner()
    Partner.objects.update(short_line="Тёплый хлеб")
    with override("ro"):
        Partner.objects.update(short_line="Pâine caldă")
        partner = Partner.objects.get()
        partner.description = "Din 1990."
        partner.save(update_fields=["description"])
    kept = Partner.objects.get()
    assert translation.each(kept, "short_line") == {"ru": "Тёплый хлеб", "ro": "Pâine caldă"}
    assert translation.each(kept, "description") == {"ro": "Din 1990."}


def test_texts_by_language_are_chosen_as_columns_are() -> None:
    texts = {"lv": "Maize", "en": "Bread"}
    assert translation.first(texts) == "Bread"
    assert translation.first({}) == translation.chosen({}) == ""
    with override("lv"):
        assert translation.chosen(texts) == "Maize"
        assert translation.first(texts) == "Bread"
    with override("ro"):
        assert translation.chosen(texts) == "Bread"


def test_texts_of_a_model_in_its_order() -> None:
    assert translation.names(Quest) == ["title", "summary", "story"]
    assert translation.columns("title") == ["title_ru", "title_en", "title_ro", "title_lv"]
    assert [translation.own_name(language) for language in translation.LANGUAGES] == ["Русский", "English", "Română", "Latviešu"]


def test_a_list_in_another_language_costs_one_query(django_assert_num_queries: object) -> None:
    for number in range(5):
        make_quest(f"q{number}", title_ru=f"Квест {number}", title_lv=f"Uzdevums {number}")
    with override("lv"), django_assert_num_queries(1):  # type: ignore[operator]
        assert [quest.title for quest in Quest.objects.order_by("slug")] == [f"Uzdevums {number}" for number in range(5)]
