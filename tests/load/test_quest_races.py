"""Real concurrency on PostgreSQL: a quest finished twenty times at once is rewarded once, a cap is exact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from loyalty.domain import events
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Event, LevelHistory, TokenEntry
from quests.consumers.progress import advance
from quests.domain import deeds
from quests.enums import TriggerKind
from quests.models import Completion, Contribution, Deed, Progress, Quest
from tests.factories.levels import make_ladder
from tests.factories.loyalty import make_member, make_partner, make_programme
from tests.factories.quests import buy, make_quest

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(jobs: list[Callable[[], object]]) -> list[str]:
    """Run the jobs side by side, each on its own connection; “done” or the code of the refusal."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> str:
        try:
            start.wait(timeout=30)
            job()
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def handle(found: list[Event]) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Twenty handlers in a row may take longer than a till would wait.
            cursor.execute("SET LOCAL lock_timeout = 0")
        advance(found, now=timezone.now())


def test_twenty_events_that_finish_the_same_quest_reward_it_once() -> None:
    make_programme()
    make_ladder(tokens=(0, 3, 30, 60), gifts=(0, 40, 0, 0))
    member, partner = make_member(), make_partner(base="0")
    make_quest(target=3, reward_points=100)
    now = timezone.now()
    for minutes in range(20):
        buy(partner, member.pk, now - timedelta(minutes=minutes + 1), sweep=False)
    found = list(Event.objects.filter(kind=EventKind.ORDER_RECORDED).order_by("pk"))
    assert len(found) == 20
    assert set(at_once([lambda event=event: handle([event]) for event in found])) == {"done"}  # type: ignore[misc]
    assert Contribution.objects.count() == 20
    assert Completion.objects.filter(undone_at__isnull=True).count() == Progress.objects.count() == 1
    assert TokenEntry.objects.aggregate(total=Sum("tokens"))["total"] == 3
    assert Entry.objects.filter(kind=EntryKind.QUEST).aggregate(total=Sum("points"))["total"] == 100
    # The level it raises was given once, with its gift.
    assert Entry.objects.filter(kind=EntryKind.REWARD).count() == 1
    assert LevelHistory.objects.filter(superseded_at__isnull=True).count() == 1
    assert list(verify(now=timezone.now())) == []


def test_a_cap_on_winners_is_exact_whoever_races() -> None:
    make_programme()
    partner = make_partner(base="0")
    members = [make_member() for _ in range(20)]
    make_quest(target=1, winners_cap=7)
    now = timezone.now()
    for place, member in enumerate(members):
        buy(partner, member.pk, now - timedelta(minutes=place + 1), sweep=False)
    found = list(Event.objects.filter(kind=EventKind.ORDER_RECORDED).order_by("pk"))
    assert set(at_once([lambda event=event: handle([event]) for event in found])) == {"done"}  # type: ignore[misc]
    assert Completion.objects.count() == 20
    assert Completion.objects.filter(rewarded=True).count() == Quest.objects.get().winners == 7
    assert TokenEntry.objects.count() == 7


def test_sweeps_side_by_side_count_every_purchase_once() -> None:
    make_programme()
    partner = make_partner(base="0")
    members = [make_member() for _ in range(4)]
    make_quest("all", target=200)
    make_quest("amount", TriggerKind.AMOUNT, target=100_000)
    now = timezone.now()
    for minutes in range(40):
        buy(partner, members[minutes % 4].pk, now - timedelta(minutes=minutes + 1), sweep=False)
    assert set(at_once([lambda: events.sweep(now=timezone.now(), only="quests")] * 4)) == {"done"}
    events.sweep(now=timezone.now(), only="quests")
    assert events.behind("quests") == 0
    assert sorted(Progress.objects.filter(quest__slug="all").values_list("value", flat=True)) == [10] * 4


def test_a_code_for_one_member_is_given_to_one_of_twenty() -> None:
    programme = make_programme()
    members = [make_member() for _ in range(20)]
    make_quest("codes", TriggerKind.CODE, target=1, parameters={"codes": [{"code": "ONE"}], "code_use": "single"})
    now = timezone.now()
    outcomes = at_once([lambda pk=member.pk: deeds.enter_code(pk, "codes", "ONE", programme=programme, now=now) for member in members])  # type: ignore[misc]
    assert sorted(outcomes) == ["code_used"] * 19 + ["done"]
    assert Deed.objects.count() == Completion.objects.count() == 1
