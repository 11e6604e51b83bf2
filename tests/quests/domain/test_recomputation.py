"""Whatever the order, the repeats and the batches of events: progress, tokens and levels equal a recomputation from scratch."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from loyalty.domain import levels
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.levels import TokenPosting, held_at, post_tokens
from loyalty.domain.orders import ReturnOf, Sale, record
from loyalty.enums import EventKind
from loyalty.models import Event, LevelHistory, Order, Programme, TokenEntry
from partners.models import Partner
from quests.consumers.progress import advance
from quests.domain import progress as progress_of
from quests.domain.evaluate import Counted, Stretch, evaluate, onward
from quests.domain.rules import Window
from quests.domain.store import State
from quests.enums import Period, Recurrence, ReturnPolicy
from quests.models import Completion, Contribution, Progress, Quest
from quests.triggers.base.tally import Distinct, Streak, Tally, Total
from tests.examples import examples
from tests.factories.levels import make_ladder
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.quests import buy, give_back, make_quest

BEGIN = "2026-01-01 00:00"


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, int, tuple[int, ...]]]:
    """Purchases as (day, partner, hundreds of roubles, days until each return of a hundred)."""
    one = st.tuples(st.integers(0, 60), st.integers(0, 2), st.integers(1, 4), st.lists(st.integers(0, 20), max_size=2).map(tuple))
    return draw(st.lists(one, min_size=1, max_size=6))


def quests() -> None:
    """One of every way of counting, ending and chaining."""
    first = make_quest("count", target=2, reward_tokens=3)
    make_quest("amount", "amount", target=500, reward_tokens=2)
    make_quest("partners", "partners", target=2, reward_tokens=4, return_policy=ReturnPolicy.KEEP_COMPLETED)
    make_quest("streak", "weeks", target=2, reward_tokens=1, recurrence=Recurrence.AFTER_COMPLETION)
    make_quest("monthly", target=1, reward_tokens=2, recurrence=Recurrence.EVERY_PERIOD, period=Period.MONTH)
    make_quest("again", target=2, reward_tokens=1, recurrence=Recurrence.AFTER_COMPLETION)
    make_quest("new", "new_partner", target=2, reward_tokens=1, starts_at=moment("2026-01-10 00:00"))
    make_quest("chained", target=2, reward_tokens=5, requires=(first,))


def tell(programme: Programme, partners: list[Partner], member_id: int, history: list[tuple[int, int, int, tuple[int, ...]]]) -> None:
    """Record the history, everything at its own date."""
    for place, (day, partner, hundreds, returns) in enumerate(history):
        at = moment(BEGIN) + timedelta(days=day, hours=12, minutes=place)
        documents: list[Sale | ReturnOf] = [Sale(f"S{place}", member_id, at, [ReceiptLine(Decimal(hundreds * 100))])]
        for number, days in enumerate(returns[:hundreds]):
            documents.append(ReturnOf(f"R{place}-{number}", member_id, at + timedelta(days=days, minutes=1), [ReceiptLine(Decimal(100))], original=f"S{place}"))
        record(documents, partner=partners[partner], programme=programme, now=timezone.now())


def state(member_id: int) -> dict[str, Any]:
    """Everything that must not depend on the way it came about."""
    # A row whose only purchase turned out not to count is as good as none.
    begun = Progress.objects.filter(member_id=member_id, contributions__isnull=False).distinct()
    standing = Completion.objects.filter(progress__member_id=member_id, undone_at__isnull=True)
    columns = ("quest__slug", "window_start", "value", "rounds", "last_key", "first_completed_at", "completed_at")
    return {
        "progress": sorted(begun.values_list(*columns), key=str),
        "contributions": sorted(
            Contribution.objects.filter(progress__member_id=member_id).values_list(
                "progress__quest__slug", "order__external_id", "order_return__external_id", "occurred_at", "value", "key"
            ),
            key=str,
        ),
        "completions": sorted(standing.values_list("progress__quest__slug", "number", "completed_at", "tokens")),
        "tokens": TokenEntry.objects.filter(member_id=member_id).aggregate(total=Sum("tokens"))["total"] or 0,
        "level": level_now(member_id),
    }


def level_now(member_id: int) -> str:
    held = held_at(pairs=[(member_id, timezone.now())])[0]
    return held.slug if held else ""


def at_once(now: datetime) -> None:
    """From scratch: all events in one call."""
    with transaction.atomic():
        advance(list(Event.objects.filter(kind__in=[EventKind.ORDER_RECORDED, EventKind.RETURN_RECORDED]).order_by("pk")), now=now)


class TestRecomputation(TestCase):
    @examples(10)
    @given(history=histories(), shuffle=st.randoms(use_true_random=False), repeats=st.booleans())
    def test_any_order_and_repeats_of_events_end_in_the_same_state(self, history: Any, shuffle: Any, repeats: bool) -> None:
        programme = make_programme()
        partners = [make_partner(f"p{place}") for place in range(3)]
        make_ladder(tokens=(0, 3, 8, 15))
        quests()
        piecemeal, scratch = make_member(), make_member()
        # The first member's documents arrive in any order, and after each of them come some of the events so far.
        arrival = list(range(len(history)))
        shuffle.shuffle(arrival)
        for place in arrival:
            day, partner, hundreds, returns = history[place]
            at = moment(BEGIN) + timedelta(days=day, hours=12, minutes=place)
            record(
                [Sale(f"S{place}", piecemeal.pk, at, [ReceiptLine(Decimal(hundreds * 100))])],
                partner=partners[partner],
                programme=programme,
                now=timezone.now(),
            )
            if shuffle.random() < 0.6:
                self.some(piecemeal.pk, shuffle)
            for number, days in enumerate(returns[:hundreds]):
                back = ReturnOf(f"R{place}-{number}", piecemeal.pk, at + timedelta(days=days, minutes=1), [ReceiptLine(Decimal(100))], original=f"S{place}")
                record([back], partner=partners[partner], programme=programme, now=timezone.now())
                if shuffle.random() < 0.6:
                    self.some(piecemeal.pk, shuffle)
        found = list(Event.objects.filter(member_id=piecemeal.pk, kind__in=[EventKind.ORDER_RECORDED, EventKind.RETURN_RECORDED]))
        shuffle.shuffle(found)
        for event in found * (2 if repeats else 1):
            with transaction.atomic():
                advance([event], now=timezone.now())
        # The other member did the same at partners of the same kind, and is counted from scratch.
        others = [make_partner(f"q{place}") for place in range(3)]
        tell(programme, others, scratch.pk, history)
        at_once(timezone.now())
        mine, theirs = state(piecemeal.pk), state(scratch.pk)
        for one in (mine, theirs):
            # The partners of the two are others.
            one["contributions"] = sorted((row[:-1] if row[0] in ("partners", "new") else row for row in one["contributions"]), key=str)
        for name, rows in mine.items():
            assert rows == theirs[name], name

    def some(self, member_id: int, shuffle: Any) -> None:
        found = list(Event.objects.filter(member_id=member_id, kind__in=[EventKind.ORDER_RECORDED, EventKind.RETURN_RECORDED]))
        for event in shuffle.sample(found, min(len(found), 3)):
            with transaction.atomic():
                advance([event], now=timezone.now())

    @examples(15)
    @given(facts=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 20), st.one_of(st.none(), st.integers(0, 200))), max_size=8), data=st.data())
    def test_levels_follow_from_the_tokens_alone(self, facts: Any, data: Any) -> None:
        programme = make_programme()
        make_ladder(window_days=365)
        members = [make_member(), make_member()]
        begin = moment("2023-01-01 12:00")
        for member, order in zip(members, (facts, data.draw(st.permutations(facts))), strict=True):
            for day, count, undone in order:
                place = facts.index((day, count, undone))
                at, key = begin + timedelta(days=day, minutes=place), f"{member.pk}:{day}:{count}:{undone}:{place}"
                postings = [TokenPosting(member.pk, count, at, key)]
                if undone is not None:
                    postings.append(TokenPosting(member.pk, -count, at + timedelta(days=undone), f"back:{key}", undoes=key))
                with transaction.atomic():
                    post_tokens(postings, programme=programme, now=timezone.now())
        columns = ("level__slug", "since", "until", "reason")
        rows = [list(LevelHistory.objects.filter(member=member, superseded_at__isnull=True).order_by("since").values_list(*columns)) for member in members]
        assert rows[0] == rows[1]
        levels.recalculate_all(programme=programme, now=timezone.now())
        again = LevelHistory.objects.filter(member=members[0], superseded_at__isnull=True).order_by("since").values_list(*columns)
        assert list(again) == rows[0]


def plain(counted: list[Counted], measure: type[Tally], target: int, at: datetime) -> bool:
    """Whether a quest is complete at an instant, said in the simplest way: what counts is dated up to it and not taken back up to it."""
    kept: dict[Any, Decimal] = {}
    first: dict[Any, Counted] = {}
    for one in counted:
        if one.at <= at:
            kept[one.source] = kept.get(one.source, Decimal(0)) + one.value
            if one.value > 0:
                first[one.source] = one
    left = [(first[source], value) for source, value in kept.items() if value > 0]
    if measure is Total:
        return sum(value for _one, value in left) >= target
    keys = {one.key for one, _value in left}
    if measure is Distinct:
        return len(keys) >= target
    numbers = {int(key) for key in keys}
    return any(all(number + step in numbers for step in range(target)) for number in numbers)


@examples(400)
@given(
    purchases=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3), st.integers(0, 4), st.one_of(st.none(), st.integers(0, 15))), max_size=9),
    measure=st.sampled_from((Total, Distinct, Streak)),
    target=st.integers(1, 4),
)
def test_a_quest_is_complete_exactly_when_what_counts_says_so(purchases: Any, measure: type[Tally], target: int) -> None:
    begin = moment_utc()
    counted = []
    for place, (day, value, key, back) in enumerate(purchases):
        at = begin + timedelta(days=day)
        # Weeks follow the dates; partners don't.
        name = str(day // 7) if measure is Streak else str(key)
        counted.append(Counted(at, (place, 0), Decimal(value), name))
        if back is not None:
            counted.append(Counted(at + timedelta(days=back), (place, 0), Decimal(-value), name))
    result = evaluate(counted, kind=measure, target=Decimal(target), endless=False)
    for day in range(60):
        at = begin + timedelta(days=day)
        complete = any(one.since <= at and (one.until is None or at < one.until) for one in result.stretches)
        assert complete == plain(counted, measure, target, at), (day, result.stretches)
    assert result.rounds == int(plain(counted, measure, target, begin + timedelta(days=99)))


@examples(400)
@given(
    purchases=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 3), st.integers(0, 4)), max_size=12),
    measure=st.sampled_from((Total, Distinct, Streak)),
    target=st.integers(1, 4),
    endless=st.booleans(),
    pieces=st.randoms(use_true_random=False),
)
def test_going_on_from_where_a_progress_stands_gives_what_working_it_out_anew_does(
    purchases: Any, measure: type[Tally], target: int, endless: bool, pieces: Any
) -> None:
    begin = moment_utc()
    counted = []
    for place, (day, value, key) in enumerate(sorted(purchases)):
        name = str(day // 7) if measure is Streak else str(key)
        counted.append(Counted(begin + timedelta(days=day, minutes=place), (place, 0), Decimal(value), name))
    again = evaluate(counted, kind=measure, target=Decimal(target), endless=endless)
    # Piece by piece, each time from what the row keeps.
    progress = State(1, 1, Window(begin, None))
    stretches: list[Stretch] = []
    while counted:
        size = pieces.randint(1, len(counted))
        some, counted = counted[:size], counted[size:]
        tally = measure(Decimal(target), endless, progress.value, progress.rounds, progress.last_key, progress.keys())
        result = onward(tally, [(one.at, one.value, one.key) for one in some])
        progress.note(result, in_order_to=some[-1].at)
        stretches += result.stretches
    kept = State(1, 1, Window(begin, None))
    kept.note(again, in_order_to=progress.in_order_to)
    assert progress.worked_out() == kept.worked_out()
    assert stretches == again.stretches


def moment_utc() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_the_cast_of_the_recomputation_completes_something() -> None:
    """The property above would hold of nothing at all, too."""
    programme, member = make_programme(), make_member()
    partners = [make_partner(f"p{place}") for place in range(3)]
    make_ladder(tokens=(0, 3, 8, 15))
    quests()
    tell(programme, partners, member.pk, [(day, day // 3 % 3 if day > 12 else 0, 3, (2,) if day == 9 else ()) for day in range(0, 60, 3)])
    at_once(timezone.now())
    assert set(Completion.objects.values_list("progress__quest__slug", flat=True)) == set(Quest.objects.values_list("slug", flat=True))
    assert level_now(member.pk) == "silver"
    assert Order.objects.count() == 20


@pytest.mark.django_db
def test_both_ways_of_counting_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Purchases in their order go on from where progress stands; late ones, returns, repeats and chains are worked out again."""
    again: list[str] = []
    judge = progress_of.judge
    monkeypatch.setattr(progress_of, "judge", lambda rule, *args, **kwargs: again.append(rule.quest.slug) or judge(rule, *args, **kwargs))
    make_programme()
    member, partner = make_member(), make_partner()
    for slug, values in (("plain", {}), ("ignores", {"return_policy": ReturnPolicy.IGNORE})):
        make_quest(slug, target=3, **values)
    first = make_quest("first", target=3)
    make_quest("second", target=3, requires=(first,))

    def reworked(call: Any) -> list[str]:
        again.clear()
        call()
        return sorted(again)

    chain = ["first", "second"]
    assert reworked(lambda: buy(partner, member.pk, moment("2026-03-10 12:00"))) == chain
    assert reworked(lambda: buy(partner, member.pk, moment("2026-03-11 12:00"), name="S")) == chain
    assert reworked(lambda: at_once(timezone.now())) == []
    assert reworked(lambda: buy(partner, member.pk, moment("2026-03-09 12:00"))) == ["first", "ignores", "plain", "second"]
    assert reworked(lambda: buy(partner, member.pk, moment("2026-03-12 12:00"))) == chain
    assert reworked(lambda: give_back(partner, member.pk, moment("2026-03-13 12:00"), "S")) == ["first", "plain", "second"]
    # What came back has to be looked at again each time.
    assert reworked(lambda: buy(partner, member.pk, moment("2026-03-14 12:00"))) == ["first", "plain", "second"]
