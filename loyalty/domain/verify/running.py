"""Running the checks of every room."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty.domain.verify.rooms import ROOMS
from loyalty.domain.verify.rooms.base import LISTED


@dataclass(frozen=True)
class Violation:
    """One broken invariant: the check's name and a sentence with ids."""

    check: str
    message: str


def verify(*, now: datetime) -> Iterator[Violation]:
    """Yield every violation (at most 100 a check, with a note of more). Reads only.

    `now` says which holds are in force: not earlier than what was posted last.
    """
    for room in ROOMS.values():
        for check in room.checks:
            yield from _listed(check.__name__, check())
        for by_clock in room.by_clock:
            yield from _listed(by_clock.__name__, by_clock(now))


def count() -> int:
    """How many checks there are."""
    return sum(len(room.checks) + len(room.by_clock) for room in ROOMS.values())


def _listed(name: str, messages: Iterator[str]) -> Iterator[Violation]:
    for listed, message in enumerate(messages):
        if listed == LISTED:
            yield Violation(name, f"… and more; only the first {LISTED} are listed.")
            return
        yield Violation(name, message)
