"""Several purchases in one day: of the programme's zone, whatever their order, and only while they are kept."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.models import Programme
from quests.domain.evaluate import Counted, Stretch, evaluate, onward
from quests.domain.queries.cards import cards
from quests.domain.rules import Window
from quests.domain.store import State
from quests.enums import Recurrence
from quests.models import Completion, Progress, Quest
from quests.triggers.one_day import WithinOneDay
from tests.accounts.notifications.cast import make_reachable
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, give_back, make_quest
from tests.quests.notifications.test_endings import MORNING, begin, run
from tests.quests.triggers.cast import key, purchase


def left(programme: Programme, member_id: int, at: str) -> tuple[Decimal, Decimal]:
    """What the member's card says is done and left."""
    [card] = cards(Quest.objects.all(), member_id, programme=programme, now=moment(at))
    return card.value, card.left


def test_the_day_is_that_of_the_programmes_zone() -> None:
    late, early = datetime(2026, 3, 10, 20, 59, tzinfo=UTC), datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
    assert int(key("one_day", purchase(early))) == int(key("one_day", purchase(late))) + 1


@pytest.mark.django_db
def test_purchases_of_two_days_do_not_count_together() -> None:
    programme, member, partner = make_programme(), make_member(), make_partner()
    make_quest(trigger="one_day", target=3)
    for at in ("2026-03-10 09:00", "2026-03-10 23:59", "2026-03-11 00:00"):
        buy(partner, member.pk, moment(at))
    assert left(programme, member.pk, "2026-03-11 12:00") == (1, 2)
    assert left(programme, member.pk, "2026-03-12 12:00") == (0, 3)
    assert not Completion.objects.exists()
    # A late one makes three of the first day.
    buy(partner, member.pk, moment("2026-03-10 15:00"))
    assert Completion.objects.get().completed_at == moment("2026-03-10 23:59")
    assert left(programme, member.pk, "2026-03-12 12:00") == (3, 0)


@pytest.mark.django_db
def test_a_return_takes_its_purchase_out_of_the_day_and_another_one_of_it_mends_that() -> None:
    programme, member, partner = make_programme(), make_member(), make_partner()
    make_quest(trigger="one_day", target=2)
    buy(partner, member.pk, moment("2026-03-10 09:00"))
    second = buy(partner, member.pk, moment("2026-03-10 10:00"))
    give_back(partner, member.pk, moment("2026-03-10 11:00"), second, amount="40.00")
    assert Completion.objects.get().undone_at is None
    give_back(partner, member.pk, moment("2026-03-10 12:00"), second, amount="60.00")
    assert Completion.objects.get().undone_at == moment("2026-03-10 12:00")
    assert left(programme, member.pk, "2026-03-10 13:00") == (1, 1)
    buy(partner, member.pk, moment("2026-03-10 14:00"))
    assert Completion.objects.get().undone_at is None
    assert Progress.objects.get().completed_at == moment("2026-03-10 14:00")


@pytest.mark.django_db
def test_an_endless_quest_begins_again_on_the_same_day() -> None:
    make_programme()
    member, partner = make_member(), make_partner()
    make_quest(trigger="one_day", target=2, recurrence=Recurrence.AFTER_COMPLETION)
    for hour in range(9, 14):
        buy(partner, member.pk, moment(f"2026-03-10 {hour:02}:00"))
    assert Progress.objects.values_list("rounds", "value").get() == (2, 1)


@pytest.mark.django_db
def test_the_reminder_counts_what_still_stands() -> None:
    member = make_reachable()
    quest = make_quest(trigger="one_day", target=3)
    yesterday = begin(quest, member, 2, last_key=MORNING.date().toordinal() - 1)
    assert run() == 1
    message = member.messages.filter(channel="inbox").get()
    assert "Осталось: 3 из 3" in message.body
    yesterday.refresh_from_db()
    assert yesterday.value == 2


@settings(max_examples=200, deadline=None)
@given(
    days=st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(0, 3))), max_size=12),
    target=st.integers(1, 4),
    endless=st.booleans(),
    pieces=st.randoms(use_true_random=False),
)
def test_it_is_complete_exactly_when_one_day_has_enough_left(days: Any, target: int, endless: bool, pieces: Any) -> None:
    begin_at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    counted, kept = [], []
    for place, (day, back) in enumerate(sorted(days, key=lambda one: one[0])):
        at = begin_at + timedelta(days=day, minutes=place)
        kept.append(Counted(at, (place, 0), Decimal(1), str(day)))
        counted += [kept[-1]] if back is None else [kept[-1], Counted(at + timedelta(days=back), (place, 0), Decimal(-1), str(day))]
    most = max((sum(1 for day, back in days if back is None and day == one) for one in range(7)), default=0)
    result = evaluate(counted, kind=WithinOneDay, target=Decimal(target), endless=False)
    assert result.rounds == int(most >= target)
    # Piece by piece, each time from what the row keeps, it comes to the same.
    whole = evaluate(kept, kind=WithinOneDay, target=Decimal(target), endless=endless)
    progress, stretches = State(1, 1, Window(begin_at, None)), list[Stretch]()
    while kept:
        size = pieces.randint(1, len(kept))
        some, kept = kept[:size], kept[size:]
        tally = WithinOneDay(Decimal(target), endless, progress.value, progress.rounds, progress.last_key, progress.keys())
        part = onward(tally, [(one.at, one.value, one.key) for one in some])
        progress.note(part, in_order_to=some[-1].at)
        stretches += part.stretches
    assert (progress.value, progress.rounds, stretches) == (whole.value, whole.rounds, whole.stretches)
