"""A task is only a wake-up call: prompt where the broker works, no harm where it doesn't."""

import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from celery import Celery
from django.db import transaction

from loyalty import tasks
from loyalty.domain.events import events
from loyalty.models import Event
from loyalty.wakeup import Waker
from tests.loyalty.domain.events.event_cast import effects, make_events, once, register_writer

WAIT = 20


@pytest.fixture(autouse=True)
def _only_our_consumers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(events, "_consumers", {})
    yield
    events._wake.clear()


@pytest.mark.django_db
def test_the_call_comes_after_the_commit_and_not_after_a_rollback(django_capture_on_commit_callbacks: Any) -> None:
    calls: list[int] = []
    events.wake_with(lambda: calls.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        make_events(2)
        assert not calls
    assert calls == [1]
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        make_events(1)
        raise RuntimeError
    assert calls == [1]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_fails_no_posting(caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise ConnectionRefusedError

    events.wake_with(refuse)
    register_writer()
    ids = make_events(1)
    assert Event.objects.filter(pk__in=ids).exists()
    # The next beat finds what the call missed.
    assert tasks.sweep_events() == 1
    assert effects() == once(ids)


def test_a_broker_that_hangs_holds_up_nobody() -> None:
    hanging = threading.Event()
    waker = Waker(lambda: hanging.wait(WAIT), gather=0)
    for _ in range(100):
        waker()
    hanging.set()


def test_a_redis_that_is_down_is_only_logged() -> None:
    """With the real client and a port where nobody listens."""
    app = Celery("nowhere", broker="redis://127.0.0.1:1/0", broker_transport_options={"max_retries": 0})
    tried = threading.Event()

    def send() -> None:
        try:
            app.send_task("loyalty.tasks.sweep_events", retry=False)
        finally:
            tried.set()

    Waker(send, gather=0)()
    assert tried.wait(WAIT)


def test_many_commits_make_one_call_and_the_last_commit_is_covered() -> None:
    sent, go_on = threading.Semaphore(0), threading.Event()
    count = [0]

    def send() -> None:
        count[0] += 1
        sent.release()
        go_on.wait(WAIT)

    waker = Waker(send, gather=0)
    waker()
    assert sent.acquire(timeout=WAIT)
    for _ in range(50):  # while the first call is under way
        waker()
    go_on.set()
    assert sent.acquire(timeout=WAIT)
    assert not sent.acquire(timeout=0.2)
    assert count == [2]


def test_after_a_failure_the_next_call_is_sent_again() -> None:
    answers = iter([ConnectionError("down"), None])
    sent = threading.Event()

    def send() -> None:
        if (answer := next(answers)) is not None:
            raise answer
        sent.set()

    waker = Waker(send, gather=0, after_failure=0.05)
    waker()
    while not sent.wait(0.05):
        waker()
    assert sent.is_set()


def test_the_beat_calls_tasks_that_exist(settings: Any) -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {f"loyalty.tasks.{name}" for name in ("sweep_events", "send_webhooks", "prune_webhooks", "expire_points")} <= scheduled
    for path in scheduled:
        module, name = path.rsplit(".", 1)
        assert getattr(import_module(module), name).name == path


@pytest.mark.django_db
def test_a_sweep_that_ran_out_of_time_asks_to_be_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    register_writer()
    make_events(1)
    calls: list[int] = []
    monkeypatch.setattr(tasks, "SLICE_SECONDS", -1)
    monkeypatch.setattr(tasks, "wake_events", lambda: calls.append(1))
    assert tasks.sweep_events() == 0
    assert calls == [1]
