"""A worker whose Redis is gone goes on (tests/load/test_messages_redis.py shows it with real processes)."""

from collections.abc import Callable

import pytest
from kombu.transport import redis as transport
from redis import ConnectionError as RedisGone

from loyalty.broker import Transport

PatientQoS = Transport.Channel.QoS


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_args: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [AttributeError("'NoneType' object has no attribute 'client'"), RedisGone(), OSError()])
def test_tasks_that_cannot_be_given_back_end_no_worker(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(transport.QoS, "restore_unacked_once", failing(error))
    PatientQoS.__new__(PatientQoS).restore_unacked_once()


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tasks that this process no longer counts as running."""
    found: list[str] = []
    monkeypatch.setattr(transport.virtual.QoS, "ack", lambda _self, tag: found.append(tag))
    return found


def test_a_task_that_ends_after_its_channel_ends_no_worker(monkeypatch: pytest.MonkeyPatch, forgotten: list[str]) -> None:
    monkeypatch.setattr(transport.QoS, "ack", failing(AttributeError("'NoneType' object has no attribute 'client'")))
    PatientQoS.__new__(PatientQoS).ack("tag")
    assert forgotten == ["tag"]


def test_an_error_of_an_open_channel_is_left_to_celery(monkeypatch: pytest.MonkeyPatch, forgotten: list[str]) -> None:
    monkeypatch.setattr(transport.QoS, "ack", failing(RedisGone()))
    with pytest.raises(RedisGone):
        PatientQoS.__new__(PatientQoS).ack("tag")
    assert forgotten == ["tag"]
