"""An event that a consumer can't handle is tried again, then set aside for staff; the others don't notice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from loyalty.domain.events import events
from loyalty.enums import DeadLetterState
from loyalty.lib.errors import DomainError
from loyalty.models import Backlog, DeadLetter, Event
from tests.loyalty.domain.events.event_cast import NOW, effects, fresh_start, make_events, once, register_writer

pytestmark = pytest.mark.django_db
LONG = timedelta(days=1)


@pytest.fixture(autouse=True)
def _fresh_start(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_start(monkeypatch)


def _bury(poison: int) -> DeadLetter:
    """Sweep until the consumer has given the event up."""
    for day in range(len(events.PAUSES) + 1):
        events.sweep(now=NOW + day * LONG)
    return DeadLetter.objects.get(event_id=poison)


def test_a_poison_event_doesnt_stop_the_others() -> None:
    ids = make_events(5)
    register_writer(fails=lambda event: event.pk == ids[2])
    swept = events.sweep(now=NOW)
    assert (swept.handled, swept.failed) == (4, 1)
    assert effects() == once([pk for pk in ids if pk != ids[2]])


def test_each_further_attempt_waits_longer() -> None:
    (poison,) = make_events(1)
    register_writer(fails=lambda event: True)
    now = NOW
    for attempt, wait in enumerate(events.PAUSES, start=1):
        assert events.sweep(now=now).failed == 1
        assert events.sweep(now=now + wait - timedelta(seconds=1)).failed == 0
        left = Backlog.objects.get()
        assert (left.first_id, left.last_id, left.attempts, left.error) == (poison, poison, attempt, "ValueError: this event is poison")
        now += wait


def test_after_the_last_attempt_it_is_a_dead_letter_with_the_reason() -> None:
    (poison,) = make_events(1)
    register_writer(fails=lambda event: True)
    letter = _bury(poison)
    assert (letter.consumer, letter.attempts, letter.reason) == ("writer", 1 + len(events.PAUSES), "ValueError: this event is poison")
    assert letter.state == DeadLetterState.OPEN
    assert not Backlog.objects.exists()
    assert not effects()


def test_a_retried_dead_letter_has_its_effect_once() -> None:
    (poison,) = make_events(1)
    broken = [True]
    register_writer(fails=lambda event: bool(broken))
    letter = _bury(poison)
    broken.clear()
    events.retry(letter.pk, now=NOW)
    events.sweep(now=NOW)
    assert effects() == once([poison])
    letter.refresh_from_db()
    assert (letter.state, letter.settled_at) == (DeadLetterState.RETRIED, NOW)
    with pytest.raises(DomainError) as refused:
        events.retry(letter.pk, now=NOW)
    assert refused.value.code == "dead_letter_settled"
    events.sweep(now=NOW)
    assert effects() == once([poison])


def test_a_retried_dead_letter_that_fails_again_is_buried_again() -> None:
    (poison,) = make_events(1)
    register_writer(fails=lambda event: True)
    letter = _bury(poison)
    events.retry(letter.pk, now=NOW)
    for day in range(len(events.PAUSES) + 1):
        events.sweep(now=NOW + day * LONG)
    assert list(DeadLetter.objects.order_by("pk").values_list("event_id", "state")) == [(poison, "retried"), (poison, "open")]


def test_a_dismissed_dead_letter_is_never_tried_again() -> None:
    (poison,) = make_events(1)
    register_writer(fails=lambda event: True)
    letter = _bury(poison)
    events.dismiss(letter.pk, now=NOW)
    with pytest.raises(DomainError) as refused:
        events.retry(letter.pk, now=NOW)
    assert refused.value.code == "dead_letter_settled"
    assert events.sweep(now=NOW + 9 * LONG).failed == 0


def test_a_dead_letter_of_a_consumer_that_is_gone_stays_open() -> None:
    (poison,) = make_events(1)
    register_writer(fails=lambda event: True)
    letter = _bury(poison)
    events.unregister("writer")
    with pytest.raises(DomainError) as refused:
        events.retry(letter.pk, now=NOW)
    assert refused.value.code == "unknown_consumer"
    letter.refresh_from_db()
    assert letter.state == DeadLetterState.OPEN


def test_an_unknown_dead_letter_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        events.dismiss(1, now=NOW)
    assert refused.value.code == "unknown_dead_letter"


def test_one_consumers_poison_is_another_ones_food() -> None:
    (poison,) = make_events(1)
    register_writer("squeamish", fails=lambda event: True)
    register_writer("hardy")
    events.sweep(now=NOW)
    assert effects("hardy") == once([poison])
    assert Event.objects.count() == 1


def test_an_event_that_kills_its_worker_is_singled_out_and_buried() -> None:
    ids = make_events(6)
    deaths: list[int] = []

    @events.consumer("mortal")
    def die(events: Sequence[Event], *, now: datetime) -> None:
        for event in events:
            if event.pk == ids[3]:
                deaths.append(event.pk)
                raise SystemExit(137)  # as a kill -9: nothing is caught, all is rolled back

    alive = False
    while not alive:
        try:
            events.sweep(now=NOW)
            alive = True
        except SystemExit:
            assert len(deaths) < 20
    assert len(deaths) == 2 * events.MOST_STARTS
    letter = DeadLetter.objects.get()
    assert (letter.event_id, letter.attempts) == (ids[3], events.MOST_STARTS)
    assert letter.reason == "The worker was killed, or ran out of time, 4 times."
    assert events.behind("mortal") == 0


def test_a_failure_of_the_database_is_no_death_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_events(2)
    register_writer()

    def full(*args: object, **kwargs: object) -> None:
        raise OperationalError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(events, "_mark", full)
        for _ in range(3 * events.MOST_STARTS):
            with pytest.raises(OperationalError):
                events.sweep(now=NOW)
    events.sweep(now=NOW)
    assert effects() == once(ids)
    assert not DeadLetter.objects.exists()
