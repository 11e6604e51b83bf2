"""Every committed event has exactly one effect of each consumer."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from loyalty.domain.events import events
from loyalty.enums import EventKind
from loyalty.lib.errors import DomainError
from loyalty.models import Backlog, ConsumerMark, Event
from tests.factories.loyalty import make_member
from tests.loyalty.domain.events.event_cast import NOW, effects, fresh_start, make_events, once, register_writer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_start(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_start(monkeypatch)


def test_each_event_reaches_the_consumer_once_in_the_order_of_ids() -> None:
    seen: list[int] = []

    @events.consumer("reader")
    def read(events: Sequence[Event], *, now: datetime) -> None:
        seen.extend(event.pk for event in events)

    ids = make_events(7)
    assert events.sweep(now=NOW).handled == 7
    assert events.sweep(now=NOW).handled == 0
    assert seen == ids
    assert events.behind("reader") == 0


def test_a_backlog_longer_than_many_ranges_is_worked_off_in_one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 3)
    monkeypatch.setattr(events, "RANGES_AT_ONCE", 2)
    register_writer()
    ids = make_events(20)
    assert events.sweep(now=NOW).handled == 20
    assert effects() == once(ids)
    assert not Backlog.objects.exists()


def test_a_consumer_sees_the_kinds_it_asked_for() -> None:
    register_writer(kinds=[EventKind.POINTS_SPENT])
    make_events(2, kind=EventKind.ORDER_RECORDED)
    wanted = make_events(2, kind=EventKind.POINTS_SPENT)
    assert events.sweep(now=NOW).handled == 2
    assert effects() == once(wanted)


def test_consumers_have_marks_of_their_own() -> None:
    register_writer("first")
    ids = make_events(3)
    events.sweep(now=NOW)
    register_writer("second")
    events.sweep(now=NOW, only="second")
    assert effects("first") == effects("second") == once(ids)
    assert ConsumerMark.objects.count() == 2


def test_a_crash_between_handling_and_marking_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    register_writer()
    ids = make_events(5)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr(events, "_mark", die)
        with pytest.raises(KeyboardInterrupt):
            events.sweep(now=NOW)
    assert not effects()
    assert events.behind("writer") == 5
    events.sweep(now=NOW)
    assert effects() == once(ids)


def test_a_crash_in_the_middle_of_handling_loses_and_doubles_nothing() -> None:
    crashes = iter([True])

    def killed(event: Event) -> bool:
        if next(crashes, False):
            raise SystemExit(137)
        return False

    register_writer(fails=killed)
    ids = make_events(3)
    with pytest.raises(SystemExit):
        events.sweep(now=NOW)
    assert not effects()
    events.sweep(now=NOW)
    assert effects() == once(ids)


def test_what_was_rolled_back_is_no_event_and_holds_nothing_up() -> None:
    register_writer()
    first = make_events(2)
    with pytest.raises(RuntimeError), transaction.atomic():
        make_events(3)
        raise RuntimeError
    later = make_events(1)
    events.sweep(now=NOW)
    assert effects() == once([*first, *later])
    assert events.behind("writer") == 0


def test_a_sweep_that_is_told_to_stop_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 2)
    register_writer()
    ids = make_events(6)
    turns: Iterator[bool] = iter([True, True, False])  # cut ranges, handle one, stop
    swept = events.sweep(now=NOW, keep_on=lambda: next(turns))
    assert (swept.handled, swept.work_left) == (2, True)
    events.sweep(now=NOW)
    assert effects() == once(ids)


def test_a_long_backlog_of_a_consumer_with_lanes_is_cut_by_member(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 4)
    members = [make_member().pk for _ in range(5)]
    batches: list[set[int]] = []

    @events.consumer("laned", lanes=3)
    def read(events: Sequence[Event], *, now: datetime) -> None:
        batches.append({(event.member_id or 0) % 3 for event in events})
        seen.extend(event.pk for event in events)

    seen: list[int] = []
    events.record([(EventKind.ORDER_RECORDED, pk, NOW, {}) for pk in [*members, None] * 5], now=NOW)
    assert events.behind("laned") == 30
    assert events.sweep(now=NOW).handled == 30
    assert sorted(seen) == list(Event.objects.order_by("pk").values_list("pk", flat=True))
    assert [len(lanes) for lanes in batches] == [1] * 9
    assert (events.behind("laned"), Backlog.objects.count()) == (0, 0)
    # A few events make one range: lanes would only cost.
    batches.clear()
    events.record([(EventKind.ORDER_RECORDED, pk, NOW, {}) for pk in members[:3]], now=NOW)
    events.sweep(now=NOW)
    assert len(batches) == 1


def test_an_idle_sweep_costs_the_same_few_queries(django_assert_num_queries: Any) -> None:
    register_writer()
    make_events(3)
    events.sweep(now=NOW)
    with django_assert_num_queries(3):
        events.sweep(now=NOW)


def test_an_unknown_consumer_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        events.sweep(now=NOW, only="nobody")
    assert refused.value.code == "unknown_consumer"


@pytest.mark.parametrize(("age", "news"), [(timedelta(hours=48), True), (timedelta(hours=48, seconds=1), False), (timedelta(0), True)])
def test_facts_older_than_48_hours_are_no_news(age: timedelta, news: bool) -> None:
    assert Event(kind=EventKind.ORDER_RECORDED, occurred_at=NOW - age).is_news(NOW) is news
