"""Quests are made ready once, and again as soon as anything that is read of them changes."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from loyalty.models import Level
from quests.domain import rulebook
from quests.domain.rulebook import Rulebook
from quests.models import Progress, Quest
from tests.factories.levels import give_tokens, make_ladder
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, make_quest

pytestmark = pytest.mark.django_db


def now() -> Rulebook:
    return rulebook.published(zone=make_programme().zone)


def test_the_same_quests_are_made_ready_once_and_cost_one_query() -> None:
    make_quest("one")
    ready = now()
    with CaptureQueriesContext(connection) as queries:
        assert rulebook.published(zone=make_programme().zone) is ready
    assert sum("quests_quest" in query["sql"] for query in queries) == 1
    # Texts for members and rewards given make no other quest of it.
    Quest.objects.update(story="Long ago", winners=F("winners") + 1)
    assert now() is ready


def test_whatever_the_engine_reads_makes_it_another_quest() -> None:
    make_ladder()
    first, second = make_quest("first"), make_quest("second")
    level = Level.objects.get(slug="silver")
    changes = (
        lambda: Quest.objects.filter(pk=first.pk).update(target=2),
        lambda: Quest.objects.filter(pk=first.pk).update(parameters={"weekdays": [1]}),
        lambda: Quest.objects.filter(pk=first.pk).update(reward_tokens=9),
        lambda: Quest.objects.filter(pk=first.pk).update(min_level=level),
        lambda: Level.objects.filter(pk=level.pk).update(rank=7),
        lambda: second.requires.add(first),
        lambda: second.requires.clear(),
        lambda: Quest.objects.filter(pk=first.pk).update(is_published=False),
    )
    ready = now()
    for place, change in enumerate(changes):
        change()
        assert now() is not ready, place
        ready = now()


def test_a_condition_that_staff_change_holds_for_the_next_purchase() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest(target=5)
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    Quest.objects.update(parameters={"at_least": "500.00"})
    buy(partner, member.pk, moment("2026-03-11 12:00"))
    buy(partner, member.pk, moment("2026-03-12 12:00"), amount="500.00")
    assert Progress.objects.get().value == 2


def test_a_quest_for_a_level_counts_what_is_bought_while_it_is_held() -> None:
    programme = make_programme()
    make_ladder()
    member, partner = make_member(), make_partner()
    make_quest(target=5, min_level=Level.objects.get(slug="brass"), starts_at=moment("2026-03-01 00:00"))
    give_tokens(member.pk, 12, at=moment("2026-03-11 00:00"), programme=programme)
    buy(partner, member.pk, moment("2026-03-10 12:00"))
    buy(partner, member.pk, moment("2026-03-11 12:00"))
    assert list(Progress.objects.values_list("value", flat=True)) == [1]
