"""Where a long step of a command is."""

import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.core.management.commands import migrate

# Without a terminal a line is written at most so often, in seconds.
PAUSE = 2.0
_CLEAR = "\r\x1b[2K"


class Progress:
    """On a terminal one line that is written over; elsewhere (a log) a line now and then, by `say`."""

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = monotonic) -> None:
        self._say, self._clock, self._last = say, clock, clock()
        self._terminal = sys.stderr if sys.stderr.isatty() else None

    def show(self, text: str) -> None:
        """Say that this is under way."""
        if self._terminal is not None:
            self._terminal.write(_CLEAR + text)
            self._terminal.flush()
        elif self._clock() - self._last >= PAUSE:
            self._last = self._clock()
            self._say(text)

    def end(self) -> None:
        """Leave the terminal's line empty for what comes next."""
        if self._terminal is not None:
            self._terminal.write(_CLEAR)
            self._terminal.flush()


class Migrate(migrate.Command):
    """Django's command, which says “migration 3 of 57: accounts.0001_initial”."""

    def __init__(self, *, count: int, progress: Progress) -> None:
        super().__init__()
        self._count, self._progress, self._begun = count, progress, 0

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """Django calls it before and after each step."""
        if action == "apply_start":
            self._begun += 1
            self._progress.show(f"migration {self._begun} of {self._count}: {migration}")
