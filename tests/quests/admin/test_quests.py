"""Staff build quests without a developer, try them on the past, and count the past."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.domain.programme import MARKETING, SUPPORT
from loyalty.models import Ladder, LevelOverride
from quests.enums import TriggerKind
from quests.forms import read_questions
from quests.models import Progress, Quest
from tests.factories.levels import give_tokens, make_ladder, make_levels
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, make_group, make_quest
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def form(**values: object) -> dict[str, object]:
    """What the browser sends."""
    return {
        "group": make_group().pk,
        "title": "Три утра",
        "summary": "до 11:00",
        "slug": "three-mornings",
        "icon": "coffee",
        "position": 0,
        "trigger": TriggerKind.HOURS,
        "target": "3",
        "starts_at_0": "2026-03-01",
        "starts_at_1": "00:00",
        "starts": "publication",
        "recurrence": "once",
        "reward_tokens": 2,
        "reward_points": 0,
        "return_policy": "take_back",
        "is_published": "on",
        **values,
    }


def test_a_quest_is_built_in_one_form_and_counts() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    client = staff_client(MARKETING)
    page = client.get("/admin/quests/quest/add/")
    assert "joined by the member" in page.context["adminform"].form.fields["trigger"].help_text
    answer = client.post("/admin/quests/quest/add/", form(hour_to=11, partners=[partner.pk]))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    quest = Quest.objects.get()
    assert quest.parameters == {"partners": [partner.pk], "hour_to": 11}
    buy(partner, member.pk, moment("2026-03-10 10:59"))
    buy(partner, member.pk, moment("2026-03-10 11:00"))
    assert Progress.objects.get().value == 1
    page = client.get(f"/admin/quests/quest/{quest.pk}/change/")
    assert page.status_code == 200
    # What members were promised is no longer changed.
    assert "trigger" not in page.context["adminform"].form.fields
    assert client.get("/admin/quests/quest/").status_code == 200
    assert client.get(f"/admin/quests/progress/{Progress.objects.get().pk}/change/").status_code == 200


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "weekdays"),
        ({"hour_to": 11, "recurrence": "period"}, "period"),
        ({"hour_to": 11, "starts": "joined"}, "personal_days"),
        ({"hour_to": 11, "reward_tokens": 0}, "reward_tokens"),
        ({"hour_to": 11, "target": "2.5"}, "target"),
        ({"trigger": TriggerKind.QUIZ}, "questions"),
        ({"trigger": TriggerKind.CODE}, "codes"),
        ({"trigger": TriggerKind.LARGE_ORDER}, "at_least"),
    ],
)
def test_what_does_not_go_together_is_said_at_its_field(values: dict[str, object], field: str) -> None:
    answer = staff_client(MARKETING).post("/admin/quests/quest/add/", form(**values))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Quest.objects.exists()


def test_codes_and_questions_are_written_as_plain_lines() -> None:
    client = staff_client(MARKETING)
    assert client.post("/admin/quests/quest/add/", form(trigger=TriggerKind.CODE, codes="KOFE-1 Арбат\nKNIGA-2", code_use="daily")).status_code == 302
    assert Quest.objects.get().parameters == {"codes": [{"code": "KOFE-1", "title": "Арбат"}, {"code": "KNIGA-2", "title": ""}], "code_use": "daily"}
    text = "Можно ли потратить жетоны?\n- Да\n* Нет\n\nКак вам программа?\n- Хорошо\n- Плохо"
    assert read_questions(text) == [
        {"id": "q1", "text": "Можно ли потратить жетоны?", "choices": ["Да", "Нет"], "right": 1},
        {"id": "q2", "text": "Как вам программа?", "choices": ["Хорошо", "Плохо"]},
    ]
    with pytest.raises(ValueError, match="at least two"):
        read_questions("Один?\n- да")


def test_a_draft_is_tried_on_the_past_and_then_counted() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    for days in (1, 2):
        buy(partner, member.pk, timezone.now() - timedelta(days=days))
    quest = make_quest(target=2, is_published=False)
    client = staff_client(MARKETING)
    page = client.get(f"/admin/quests/quest/{quest.pk}/try/?months=1")
    assert page.context["run"].completed_by == 1
    assert not Progress.objects.exists()
    quest.is_published = True
    quest.save(update_fields=["is_published"])
    assert client.get(f"/admin/quests/quest/{quest.pk}/count-the-past/").status_code == 200
    assert client.post(f"/admin/quests/quest/{quest.pk}/count-the-past/").status_code == 302


def test_support_reads_quests_but_builds_none() -> None:
    quest = make_quest()
    client = staff_client(SUPPORT)
    assert client.get(f"/admin/quests/quest/{quest.pk}/try/").status_code == 200
    assert client.get("/admin/quests/quest/add/").status_code == 403
    assert client.post(f"/admin/quests/quest/{quest.pk}/count-the-past/").status_code == 403
    assert client.get("/admin/loyalty/ladder/add/").status_code == 403
    assert client.get(f"/admin/loyalty/levelhistory/give/{make_member().pk}/").status_code == 403


def ladder_form(tokens: tuple[int, ...], **values: object) -> dict[str, object]:
    rows = {
        f"{level.slug}-{name}": value
        for level, count in zip(make_levels(), tokens, strict=True)
        for name, value in (("tokens", count), ("turnover", 0), ("extra_pct", level.rank), ("gift_points", 0))
    }
    return {"measure": "tokens", "fall": "period_end", "validity": "days", "validity_days": 365, "warning_days": 30, **rows, **values}


def test_the_ladder_shows_what_a_change_would_do_before_it_is_published() -> None:
    programme, member = make_programme(), make_member()
    make_member()
    make_ladder()
    give_tokens(member.pk, 20, at=timezone.now(), programme=programme)
    client = staff_client()
    assert client.get("/admin/loyalty/ladder/add/").status_code == 200
    page = client.post("/admin/loyalty/ladder/add/", ladder_form((0, 10, 20, 50), show="1"))
    effect = page.context["effect"]
    assert (effect.members, effect.rise) == (2, 1)
    assert page.context["moves"] == [("Латунь", "Мельхиор", 1)]
    assert Ladder.objects.count() == 1
    assert client.post("/admin/loyalty/ladder/add/", ladder_form((0, 10, 20, 50), publish="1")).status_code == 302
    assert Ladder.objects.count() == 2
    assert client.get("/admin/loyalty/ladder/").status_code == 200


def test_a_ladder_that_cannot_be_climbed_is_refused() -> None:
    make_programme()
    make_ladder()
    page = staff_client().post("/admin/loyalty/ladder/add/", ladder_form((0, 30, 20, 50), publish="1"))
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()
    assert Ladder.objects.count() == 1


def test_an_override_needs_a_reason_and_is_kept_with_its_author() -> None:
    make_programme()
    member = make_member()
    make_ladder()
    client = staff_client()
    silver = make_levels()[3]
    address = f"/admin/loyalty/levelhistory/give/{member.pk}/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"level": silver.pk, "reason": " "}).status_code == 200
    assert client.post(address, {"level": silver.pk, "reason": "жалоба 17"}).status_code == 302
    given = LevelOverride.objects.get()
    assert (given.reason, given.actor.email if given.actor else "") == ("жалоба 17", "administrator@example.org")
