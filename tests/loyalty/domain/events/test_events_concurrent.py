"""Events that commit out of order, and workers side by side, on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest
from django.db import connection, transaction

from loyalty.domain.events import events
from loyalty.enums import EventKind
from loyalty.models import Backlog, Event
from partners.models import Category
from tests.factories.loyalty import make_member
from tests.loyalty.domain.events.event_cast import NOW, effects, fresh_start, make_events, once, register_writer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
WAIT = 20


@pytest.fixture(autouse=True)
def _fresh_start(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_start(monkeypatch)


class Posting:
    """A transaction in a connection of its own that has written an event and waits for its end."""

    def __init__(self, write: Callable[[], object]) -> None:
        self._written, self._end = threading.Event(), threading.Event()
        self._commits = True
        self._thread = threading.Thread(target=self._run, args=[write])
        self._thread.start()
        assert self._written.wait(WAIT)

    def _run(self, write: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                write()
                self._written.set()
                assert self._end.wait(WAIT)
                transaction.set_rollback(not self._commits)
        finally:
            connection.close()

    def end(self, *, commit: bool) -> None:
        self._commits = commit
        self._end.set()
        self._thread.join(WAIT)


@pytest.fixture
def slow_posting() -> Iterator[Posting]:
    posting = Posting(lambda: make_events(1))
    yield posting
    posting.end(commit=False)


def test_an_event_that_commits_after_later_ids_is_not_skipped(slow_posting: Posting) -> None:
    register_writer()
    later = make_events(3)
    assert events.sweep(now=NOW).handled == 3
    assert effects() == once(later)
    # The id in flight is remembered, and asking again doesn't wait for it.
    assert events.sweep(now=NOW).handled == 0
    assert events.behind("writer") == 1
    slow_posting.end(commit=True)
    assert events.sweep(now=NOW).handled == 1
    assert effects() == once(list(Event.objects.values_list("pk", flat=True)))
    assert events.behind("writer") == 0


def test_an_event_that_commits_while_the_sweep_looks_is_handled(slow_posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first look at the range and the look at who still writes."""
    register_writer()
    make_events(1)
    writers = events._writers

    def commit_first() -> set[str]:
        slow_posting.end(commit=True)
        return writers()

    monkeypatch.setattr(events, "_writers", commit_first)
    assert events.sweep(now=NOW).handled == 2
    assert events.behind("writer") == 0


def test_an_id_in_flight_that_is_rolled_back_is_forgotten(slow_posting: Posting) -> None:
    register_writer()
    later = make_events(2)
    events.sweep(now=NOW)
    slow_posting.end(commit=False)
    events.sweep(now=NOW)
    assert effects() == once(later)
    assert not Backlog.objects.exists()


def test_later_postings_dont_make_a_gap_wait_longer(slow_posting: Posting) -> None:
    """Under steady traffic some transaction always runs; only those that ran when the gap was seen matter."""
    register_writer()
    make_events(1)
    events.sweep(now=NOW)
    another = Posting(lambda: make_events(1))
    slow_posting.end(commit=False)
    make_events(1)
    events.sweep(now=NOW)
    # The first gap is gone; the second is the other transaction's.
    (waiting,) = Backlog.objects.all()
    assert waiting.last_id == waiting.first_id
    assert not Event.objects.filter(pk=waiting.first_id).exists()
    another.end(commit=True)
    events.sweep(now=NOW)
    assert effects() == once(list(Event.objects.values_list("pk", flat=True)))


def test_a_long_transaction_elsewhere_holds_nothing_up() -> None:
    register_writer()
    job = Posting(lambda: Category.objects.create(slug="other", name="other"))
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            make_events(1)
            raise RuntimeError
        ids = make_events(2)
        events.sweep(now=NOW)
        assert effects() == once(ids)
        assert events.behind("writer") == 0
    finally:
        job.end(commit=False)


def test_workers_side_by_side_handle_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 5)
    register_writer()
    start = threading.Barrier(6)
    posted: list[int] = []

    def in_parallel(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                start.wait(WAIT)
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def post() -> None:
        for turn in range(60):
            with transaction.atomic():
                posted.extend(make_events(2))
                if turn % 7 == 0:
                    transaction.set_rollback(True)

    def work() -> None:
        while not finished.is_set():
            events.sweep(now=NOW)

    finished = threading.Event()
    posters = [in_parallel(post) for _ in range(3)]
    workers = [in_parallel(work) for _ in range(3)]
    for thread in posters:
        thread.join(WAIT * 3)
    finished.set()
    for thread in workers:
        thread.join(WAIT * 3)
    events.sweep(now=NOW)
    committed = list(Event.objects.values_list("pk", flat=True))
    assert len(committed) == 3 * 2 * 51
    assert effects() == once(committed)
    assert events.behind("writer") == 0


def test_a_range_that_another_worker_holds_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 2)
    register_writer()
    ids = make_events(4)
    events._plan(events._consumers["writer"], now=NOW)
    busy = Posting(lambda: list(Backlog.objects.select_for_update().filter(first_id=ids[0])))
    try:
        assert events.sweep(now=NOW).handled == 2
        assert effects() == once(ids[2:])
    finally:
        busy.end(commit=True)
    events.sweep(now=NOW)
    assert effects() == once(ids)


def test_only_one_worker_at_a_time_is_in_a_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "RANGE", 3)
    members = [make_member().pk for _ in range(7)]
    inside: set[int] = set()
    seen: list[int] = []
    most: list[int] = []
    guard, start = threading.Lock(), threading.Barrier(3)

    @events.consumer("laned", lanes=4)
    def read(events: Sequence[Event], *, now: datetime) -> None:
        lanes = {(event.member_id or 0) % 4 for event in events}
        with guard:
            assert not inside & lanes
            inside.update(lanes)
            most.append(len(inside))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.002)")  # a handler at work
        with guard:
            inside.difference_update(lanes)
            seen.extend(event.pk for event in events)

    with transaction.atomic():
        events.record([(EventKind.ORDER_RECORDED, pk, NOW, {}) for pk in members * 40], now=NOW)

    def work() -> None:
        try:
            start.wait(WAIT)
            while events.behind("laned"):
                events.sweep(now=NOW)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join(WAIT * 3)
    assert sorted(seen) == list(Event.objects.order_by("pk").values_list("pk", flat=True))
    assert max(most) > 1
