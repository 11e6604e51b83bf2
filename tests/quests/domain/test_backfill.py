"""The past in a new quest, and the trial of a quest before it is published."""

import pytest
from django.utils import timezone

from quests.domain.backfill import backfill, dry_run
from quests.enums import Period, Recurrence, Starts
from quests.models import Completion, Contribution, Progress, Quest
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, give_back, make_quest

pytestmark = pytest.mark.django_db


def test_a_new_quest_counts_the_past_once_and_as_the_events_would_have() -> None:
    make_programme()
    members, partner = [make_member() for _ in range(3)], make_partner()
    for place, member in enumerate(members):
        for day in range(1, 3 + place):
            name = buy(partner, member.pk, moment(f"2026-03-{day:02} 12:00"))
        give_back(partner, member.pk, moment("2026-03-20 12:00"), name)
    quest = make_quest(target=2, starts_at=moment("2026-03-01 00:00"), ends_at=moment("2026-04-01 00:00"))
    done = backfill(quest.pk, now=timezone.now())
    assert (done.members, done.purchases) == (3, 9)
    rows = list(Contribution.objects.order_by("pk").values())
    assert [(row.member_id, row.value, row.rounds) for row in Progress.objects.order_by("member_id")] == [
        (members[0].pk, 1, 0),
        (members[1].pk, 2, 1),
        (members[2].pk, 2, 1),
    ]
    backfill(quest.pk, now=timezone.now())
    assert list(Contribution.objects.order_by("pk").values()) == rows
    assert Completion.objects.filter(undone_at__isnull=True).count() == 2


def test_a_trial_says_how_many_would_have_done_it_and_writes_nothing() -> None:
    programme = make_programme()
    now = moment("2026-04-01 00:00")
    members, partner = [make_member() for _ in range(3)], make_partner()
    for place, member in enumerate(members):
        for month in range(1, 2 + place):
            for day in (3, 5):
                buy(partner, member.pk, moment(f"2026-{month:02}-{day:02} 12:00"))
    draft = Quest(trigger="orders", target=2, starts=Starts.TAKEN, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH, reward_tokens=2)
    found = dry_run(draft, months=2, programme=programme, now=now)
    assert (found.members, found.completed_by, found.completions, found.tokens) == (2, 2, 3, 6)
    draft.target = 3
    found = dry_run(draft, months=3, programme=programme, now=now)
    assert (found.members, found.completed_by, found.tenths[6]) == (3, 0, 3)
    assert not Progress.objects.exists()
