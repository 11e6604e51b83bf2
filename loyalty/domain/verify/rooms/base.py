"""What the checks of a room are made of."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar

# So much is told of a check; more only that there is more.
LISTED = 100
Check = Callable[[], Iterator[str]]
CheckByClock = Callable[[datetime], Iterator[str]]


class RoomChecks:
    """The invariants of a room, named as it is. Each check yields a sentence with ids for whatever breaks it; its function's name is its own.

    Those `by_clock` take the instant at which they look.
    """

    slug: ClassVar[str]
    position: ClassVar[int]
    checks: ClassVar[tuple[Check, ...]] = ()
    by_clock: ClassVar[tuple[CheckByClock, ...]] = ()
