"""A slow database is waited for; one that answers nobody is not."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from loyalty.lib.postgres import guard as module
from loyalty.lib.postgres.guard import LONGEST_WAIT, LOOK_AGAIN_AFTER, PATIENCE, Away, Guard
from tests.clock import watched


class Server:
    """What probes meet, and the clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self.answers = True
        self.refuses = False
        self.probes = 0

    def clock(self) -> float:
        return self.now

    def probe(self) -> None:
        self.probes += 1
        if not self.answers:
            self.now += 2
            raise psycopg.errors.ConnectionTimeout("nobody there")
        if self.refuses:
            raise psycopg.OperationalError("too many clients")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def guard(server: Server) -> Guard:
    return Guard(clock=server.clock)


def wait(guard: Guard, server: Server, seconds: float) -> None:
    """A statement without an answer, for so long, heard of ten times a second."""
    since = server.now
    while server.now < since + seconds:
        server.now += 0.1
        guard.still_waiting(since, server.probe)


def test_a_slow_statement_goes_on_while_others_are_answered(guard: Guard, server: Server) -> None:
    wait(guard, server, 20)
    assert 10 <= server.probes <= 20 / LOOK_AGAIN_AFTER
    guard.begin(server.probe)


def test_a_server_that_refuses_connections_is_there(guard: Guard, server: Server) -> None:
    server.refuses = True
    wait(guard, server, 20)
    guard.begin(server.probe)


def test_nobody_waits_for_a_server_that_answers_nobody(guard: Guard, server: Server) -> None:
    server.answers = False
    start = server.now
    with pytest.raises(Away):
        wait(guard, server, 20)
    assert server.now - start < PATIENCE + 2 + 0.3
    # Others learn it without a look of their own.
    for _call in range(50):
        with pytest.raises(Away):
            guard.begin(server.probe)
        with pytest.raises(Away):
            guard.still_waiting(server.now, server.probe)
    assert server.probes == 1


def test_now_and_then_somebody_looks_whether_it_is_back(guard: Guard, server: Server) -> None:
    server.answers = False
    with pytest.raises(Away):
        wait(guard, server, 20)
    server.now += LOOK_AGAIN_AFTER
    with pytest.raises(Away):
        guard.begin(server.probe)
    server.answers = True
    with pytest.raises(Away):
        guard.begin(server.probe)
    server.now += LOOK_AGAIN_AFTER
    guard.begin(server.probe)
    guard.begin(server.probe)
    assert server.probes == 3


def test_no_statement_is_waited_for_without_end(guard: Guard, server: Server) -> None:
    with pytest.raises(Away):
        wait(guard, server, LONGEST_WAIT + 1)


@pytest.fixture
def silent() -> Iterator[dict[str, Any]]:
    """The address of a server whose machine takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield {"host": "127.0.0.1", "port": listener.getsockname()[1], "dbname": "zheton", "user": "zheton", "connect_timeout": 2}


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a web process; forgotten afterwards."""
    fresh = Guard()
    fresh.watch()
    monkeypatch.setattr(module, "guard", fresh)


@pytest.mark.usefixtures("watching")
def test_after_one_that_waited_connections_are_refused_at_once(silent: dict[str, Any]) -> None:
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        module.connect(**silent)
    module.guard._look_again_at = time.monotonic() + 60
    with watched() as watch, pytest.raises(Away):
        module.connect(**silent)
    assert watch.within(0.5)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("watching")
def test_a_connection_is_given_up_in_the_middle_of_a_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.3)")
        assert cursor.fetchone() is not None

    def nobody(_address: object) -> None:
        raise psycopg.errors.ConnectionTimeout("nobody there")

    monkeypatch.setattr(module, "knock", nobody)
    module.guard._look_again_at = 0
    with watched() as watch, pytest.raises(OperationalError, match="doesn't answer"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    assert watch.within(PATIENCE + 2)
    assert connection.connection.closed
    connection.close()
