"""Wakes the sweep of events and the sending of messages through the broker, without ever making a posting wait for it.

A thread of each process sends the wake-up calls: many commits within a moment make one call, and a broker
that is down or hangs holds up nobody. What is not sent is found by the next beat.
"""

import os
import threading
from collections.abc import Callable

import structlog

logger = structlog.get_logger(__name__)

GATHER_SECONDS = 0.1
AFTER_FAILURE_SECONDS = 5.0


class Waker:
    """Call it after a commit; `send` then runs soon, in another thread, at most once every `gather` seconds."""

    def __init__(self, send: Callable[[], object], *, gather: float = GATHER_SECONDS, after_failure: float = AFTER_FAILURE_SECONDS) -> None:
        self._send = send
        self._gather = gather
        self._after_failure = after_failure
        self._thread: threading.Thread | None = None
        self._forget_thread()
        # A forked child has the parent's memory but not its thread.
        os.register_at_fork(after_in_child=self._forget_thread)

    def __call__(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="wakeup", daemon=True)
                    self._thread.start()
        self._asked.set()

    def _forget_thread(self) -> None:
        self._thread = None
        self._starting = threading.Lock()
        self._asked = threading.Event()
        self._rest = threading.Event()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            # A call asked for from here on is sent once more; one asked for until here is covered by this one.
            self._rest.wait(self._gather)
            self._asked.clear()
            try:
                self._send()
            except Exception as error:  # noqa: BLE001  (kombu raises whatever its transport does)
                logger.warning("wake_up_not_sent", error=type(error).__name__)
                self._rest.wait(self._after_failure)
