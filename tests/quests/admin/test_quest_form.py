"""The form shows the fields of the chosen task only, with and without scripts."""

import re

import pytest

from loyalty.domain.programme import MARKETING, SUPPORT
from quests.models import Quest
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, make_quest
from tests.factories.staff import staff_client
from tests.quests.admin.test_quests import form

pytestmark = pytest.mark.django_db
ADD = "/admin/quests/quest/add/"
CONDITIONS = {"partners", "categories", "cities", "weekdays", "hour_from", "hour_to", "at_least"}
OF_KINDS = {*CONDITIONS, "codes", "code_use", "questions"}


def task_fields(page: object) -> set[str]:
    """The fields of tasks that a page shows: in the form and in the HTML."""
    fields = set(page.context["adminform"].form.fields) & OF_KINDS  # type: ignore[attr-defined]
    assert fields == set(re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_]+)"', page.content.decode())) & OF_KINDS  # type: ignore[attr-defined]
    return fields


@pytest.mark.parametrize(
    ("trigger", "fields"),
    [("", set()), ("quiz", {"questions"}), ("code", {"codes", "code_use"}), ("hours", CONDITIONS), ("profile", set()), ("nothing", set())],
)
def test_the_form_shows_the_fields_of_the_chosen_task_only(trigger: str, fields: set[str]) -> None:
    assert task_fields(staff_client(MARKETING).get(f"{ADD}?trigger={trigger}")) == fields


def test_choosing_another_task_shows_its_fields_and_saves_nothing() -> None:
    page = staff_client(MARKETING).post(ADD, form(trigger="code", title_ru="Три кода", target="", _choosing="1"))
    assert page.status_code == 200
    assert task_fields(page) == {"codes", "code_use"}
    assert not page.context["errors"]
    # What was written already is still there.
    assert 'value="Три кода"' in page.content.decode()
    assert not Quest.objects.exists()


def test_the_choice_stands_in_the_element_that_brings_the_fields() -> None:
    text = staff_client(MARKETING).get(ADD).content.decode()
    assert re.search(r"<task-fields>\s*<div[^>]*>\s*<select[^>]*name=\"trigger\"|<task-fields>\s*<select[^>]*name=\"trigger\"", text)
    assert 'src="/static/js/task-fields.js"' in text
    # The part that is fetched stands in the page once, even while it is empty.
    assert len(re.findall(r'<fieldset class="[^"]*\btask-fields\b', text)) == 1


def test_without_scripts_the_fields_come_with_what_is_missing() -> None:
    page = staff_client(MARKETING).post(ADD, form(trigger="quiz"))
    assert task_fields(page) == {"questions"}
    assert "questions" in page.context["adminform"].form.errors


def test_a_draft_changes_its_task_and_keeps_the_parameters_of_the_new_one_alone() -> None:
    client, partner = staff_client(MARKETING), make_partner()
    quest = make_quest(trigger="hours", parameters={"hour_to": 11, "partners": [partner.pk]})
    address = f"/admin/quests/quest/{quest.pk}/change/"
    page = client.get(address)
    assert task_fields(page) == CONDITIONS
    assert page.context["adminform"].form["hour_to"].initial == 11
    assert client.post(address, form(slug=quest.slug, trigger="code", codes="KOFE-1")).status_code == 302
    quest.refresh_from_db()
    assert (quest.trigger, quest.parameters) == ("code", {"codes": [{"code": "KOFE-1", "title": ""}], "code_use": "once"})


def test_the_conditions_of_a_quest_that_was_begun_are_shown_and_not_changed() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    quest = make_quest(trigger="hours", target=3, parameters={"hour_to": 11})
    buy(partner, member.pk, moment("2026-03-10 10:00"))
    client, address = staff_client(MARKETING), f"/admin/quests/quest/{quest.pk}/change/"
    fields = client.get(f"{address}?trigger=quiz").context["adminform"].form.fields
    assert "trigger" not in fields
    assert all(fields[name].disabled for name in CONDITIONS)
    answer = client.post(address, form(slug=quest.slug, title_ru="Новое имя", trigger="quiz", hour_to="23"))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    quest.refresh_from_db()
    assert (quest.title, quest.trigger, quest.parameters) == ("Новое имя", "hours", {"hour_to": 11})


def test_who_may_only_read_finds_the_page_of_the_task_too() -> None:
    quest = make_quest(trigger="hours", parameters={"hour_to": 11})
    page = staff_client(SUPPORT).get(f"/admin/quests/quest/{quest.pk}/change/")
    assert page.status_code == 200
    assert "Hour to" in page.content.decode()
    assert "Questions" not in page.content.decode()
