"""Distinguishes a PostgreSQL that is slow from one that doesn't answer at all, so that web processes answer 503 instead of piling up.

A stopped or frozen server keeps its connections open, and its machine acknowledges what is sent, so neither TCP's
time-outs nor the server's own notice. What helps is to knock again: a statement that has waited for a second makes
its thread open a second connection. If the server answers that, the statement is merely slow and goes on waiting.
If it doesn't within `PROBE_SECONDS`, the server is *away*: every wait of this process ends at once and none begins,
until a probe succeeds (one thread at a time looks, a second after the last look).

Off until `watch` is called. Commands and workers keep waiting: nobody stands in line behind them.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import psycopg
import structlog

logger = structlog.get_logger(__name__)

PATIENCE = 1.0
# libpq's shortest time-out of a connection.
PROBE_SECONDS = 2
LOOK_AGAIN_AFTER = 1.0
# Even while others are answered: whoever asked has given up long before.
LONGEST_WAIT = 25.0

Probe = Callable[[], object]
# What of Django's connection parameters says how, not where.
_NOT_ADDRESS = {"context", "cursor_factory", "prepare_threshold"}


class Away(psycopg.OperationalError):
    """The server doesn't answer. What it did with the statement, if anything, isn't known."""


class Guard:
    """What one process knows about reaching the server. Its threads share it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.watching = False
        self._clock = clock
        self._looking = threading.Lock()
        self._away_since: float | None = None
        self._look_again_at = 0.0

    def watch(self) -> None:
        """From now on waits may be ended."""
        self.watching = True

    def rest(self) -> None:
        """Let everybody wait, and forget what is known."""
        self.watching, self._away_since, self._look_again_at = False, None, 0.0

    def begin(self, probe: Probe) -> None:
        """Before the server is asked for anything. Raises Away while it is known not to answer; now and then somebody looks."""
        if self._away_since is not None:
            self._look(probe)
            self._refuse_while_away()

    def still_waiting(self, since: float, probe: Probe) -> None:
        """Every moment of a wait that began at `since`. Raises Away to end it."""
        self._refuse_while_away()
        waited = self._clock() - since
        if waited > LONGEST_WAIT:
            raise Away(f"no answer within {LONGEST_WAIT:g} s")
        if waited > PATIENCE:
            self._look(probe)
            self._refuse_while_away()

    def _refuse_while_away(self) -> None:
        if self._away_since is not None:
            raise Away("the database server doesn't answer")

    def _look(self, probe: Probe) -> None:
        """Look, unless another thread does or has just done."""
        if self._clock() < self._look_again_at or not self._looking.acquire(blocking=False):
            return
        try:
            with contextlib.suppress(psycopg.Error):
                self.learn(probe)
        finally:
            self._look_again_at = self._clock() + LOOK_AGAIN_AFTER
            self._looking.release()

    def learn(self, probe: Probe) -> Any:
        """Do something that connects; its time-out is the sign of absence, and any answer, also a refusal, the sign of presence."""
        try:
            result = probe()
        except psycopg.errors.ConnectionTimeout:
            if self._away_since is None:
                self._away_since = self._clock()
                logger.error("database_away")
            raise
        except psycopg.Error:
            self._back()
            raise
        self._back()
        return result

    def _back(self) -> None:
        if self._away_since is not None:
            logger.warning("database_back", seconds=round(self._clock() - self._away_since, 1))
            self._away_since = None


guard = Guard()


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose waits the guard may end. A wait that was ended leaves it closed."""

    # How to reach the same server again.
    address: Mapping[str, Any]

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """As psycopg's, watched."""
        if not guard.watching:
            return super().wait(gen, *args, **kwargs)
        guard.begin(self._probe)
        return super().wait(self._watched(gen), *args, **kwargs)

    def _watched(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass on psycopg's own conversation with the socket; ten times a second it hears “not ready”."""
        since = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready:
                    self._still_waiting(since)
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _still_waiting(self, since: float) -> None:
        try:
            guard.still_waiting(since, self._probe)
        except Away:
            self.pgconn.finish()
            raise

    def _probe(self) -> None:
        knock(self.address)


def connect(**params: Any) -> PatientConnection:
    """A connection that is watched. Raises psycopg.OperationalError, at once while the server is known not to answer."""
    address = {name: value for name, value in params.items() if name not in _NOT_ADDRESS}

    def attempt() -> PatientConnection:
        made = PatientConnection.connect(**params)
        made.address = address
        return made

    if not guard.watching:
        return attempt()
    guard.begin(lambda: knock(address))
    made: PatientConnection = guard.learn(attempt)
    return made


def knock(address: Mapping[str, Any]) -> None:
    """Open a connection and close it again. Raises psycopg.Error."""
    psycopg.connect(**{**address, "connect_timeout": PROBE_SECONDS}).close()
