"""How much work to take at a time, so that each portion takes about as long as it may, and how long a task may go on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

# A task gives way to others after this long, and asks to be called again.
SLICE_SECONDS = 15.0


def for_a_while() -> Callable[[], bool]:
    """Says yes for a slice of time."""
    deadline = time.monotonic() + SLICE_SECONDS
    return lambda: time.monotonic() < deadline


@dataclass(slots=True)
class Pace:
    """The size of the next portion, after what the last one took.

    It doubles after a portion that took less than half of `seconds`; after one that took longer it shrinks in proportion.
    """

    size: int
    seconds: float
    least: int = 50
    most: int = 20_000

    def learn(self, took: float) -> None:
        """A portion of `size` took so many seconds."""
        if took > self.seconds:
            self.size = max(self.least, int(self.size * self.seconds / took))
        elif took < self.seconds / 2:
            self.size = min(self.most, self.size * 2)
