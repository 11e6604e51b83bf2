"""Staff write a text in each of the programme's languages, on a tab of its own."""

import pytest
from auditlog.models import LogEntry

from loyalty.models import Level
from partners.models import Category, Partner
from quests.models import Quest, QuestGroup
from tests.factories.loyalty import make_partner, make_programme
from tests.factories.partners import make_category
from tests.factories.quests import make_group, make_quest
from tests.factories.staff import staff_client, superuser_client

pytestmark = pytest.mark.django_db
LANGUAGES = ["Русский", "English", "Română", "Latviešu"]
TEXTS = {
    "partners/category": ["name"],
    "partners/partner": ["description"],
    "loyalty/level": ["name", "perks"],
    "quests/questgroup": ["name", "note"],
    "quests/quest": ["title", "summary", "story"],
}


@pytest.mark.parametrize("model", TEXTS)
def test_a_form_has_a_tab_for_each_language(model: str) -> None:
    make_programme()
    page = superuser_client().get(f"/admin/{model}/add/")
    form = page.context["adminform"]
    tabs = [(fieldset.name, fieldset.fields) for fieldset in form if "tab" in fieldset.classes]
    assert tabs == [(name, [f"{text}_{code}" for text in TEXTS[model]]) for name, code in zip(LANGUAGES, ("ru", "en", "ro", "lv"), strict=True)]
    others = [field for fieldset in form if "tab" not in fieldset.classes for field in fieldset.fields]
    assert not set(others) & {*TEXTS[model], *(field for _name, fields in tabs for field in fields)}
    for name in LANGUAGES:
        assert f"fieldset-{name.lower()}" in page.content.decode()


def test_what_is_written_in_four_languages_is_kept_and_logged_by_language() -> None:
    category = make_category("bread", name="Хлеб")
    texts = {"name_ru": "Хлеб", "name_en": "Bread", "name_ro": "Pâine", "name_lv": "Maize"}
    answer = staff_client().post(f"/admin/partners/category/{category.pk}/change/", {**texts, "slug": "bread", "icon": "store", "position": 0})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Category.objects.values(*texts).get() == texts
    assert LogEntry.objects.get_for_object(category).get(action=LogEntry.Action.UPDATE).changes_dict == {
        "name_en": ["", "Bread"],
        "name_ro": ["", "Pâine"],
        "name_lv": ["", "Maize"],
    }


def test_the_first_language_may_not_be_left_empty() -> None:
    answer = staff_client().post("/admin/partners/category/add/", {"name_en": "Bread", "slug": "bread", "icon": "store", "position": 0})
    assert list(answer.context["adminform"].form.errors) == ["name_ru"]


def test_a_quest_is_found_by_its_title_in_any_language() -> None:
    make_quest("first", title_ru="Пять партнёров", title_lv="Pieci partneri")
    make_quest("second", title_ru="Новая линия", title_en="New line")
    client = superuser_client()
    for typed, slug in (("партнёров", "first"), ("pieci", "first"), ("new", "second")):
        assert [quest.slug for quest in client.get("/admin/quests/quest/", {"q": typed}).context["cl"].result_list] == [slug], typed


def test_lists_are_in_the_language_of_staff() -> None:
    make_group("hello", name_ru="Знакомство", name_en="Getting to know")
    Level.objects.update_or_create(rank=1, defaults={"slug": "copper", "name_ru": "Медь", "name_en": "Copper"})
    client = superuser_client()
    assert "Getting to know" in client.get("/admin/quests/questgroup/").content.decode()
    assert "Copper" in client.get("/admin/loyalty/level/").content.decode()
    assert (QuestGroup.objects.count(), Quest.objects.count()) == (1, 0)


def test_a_partner_is_saved_without_any_text() -> None:
    make_programme()
    partner = make_partner()
    Partner.objects.update(description="Хлеб с 1990 года.")
    inline = {f"terms-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")}
    answer = staff_client().post(
        f"/admin/partners/partner/{partner.pk}/change/", {"name": "Bakery", "category": "", "is_active": "on", "spend_requires": "", **inline}
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Partner.objects.get().description == ""
