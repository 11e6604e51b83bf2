"""How contributions add up: their sum, the number of different keys, or the longest run of keys. Pure."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

ZERO, ONE = Decimal(0), Decimal(1)


@dataclass(slots=True)
class Tally(ABC):
    """What contributions added one after another, by their dates, come to. `rounds` were completed; `value` is of the one that runs.

    These fields are all that a progress keeps between two purchases. `adds_up`: each contribution adds a number of its own, which
    pages then show beside it.
    """

    adds_up: ClassVar[bool] = False

    target: Decimal
    endless: bool
    value: Decimal = ZERO
    rounds: int = 0
    last_key: int | None = None
    keys: set[str] = field(default_factory=set)

    @abstractmethod
    def add(self, value: Decimal, key: str) -> int:
        """Count one more, unless everything is done. Returns how many rounds it completed."""

    @property
    def over(self) -> bool:
        """Whether nothing more is to do."""
        return self.rounds > 0 and not self.endless


class Total(Tally):
    """The sum of the values."""

    adds_up = True

    def add(self, value: Decimal, key: str) -> int:
        if self.over:
            return 0
        self.value += value
        before = self.rounds
        while self.value >= self.target and not self.over:
            self.rounds += 1
            self.value -= self.target
        return self.rounds - before


class Distinct(Tally):
    """The number of different keys."""

    def add(self, value: Decimal, key: str) -> int:
        if self.over or key in self.keys:
            return 0
        self.keys.add(key)
        self.value = Decimal(len(self.keys))
        if self.value < self.target:
            return 0
        self.rounds += 1
        self.value, self.keys = ZERO, set()
        return 1


class Streak(Tally):
    """The longest run of keys, which are numbers that follow on."""

    def add(self, value: Decimal, key: str) -> int:
        number = int(key)
        # The week that completed a round (no value then) doesn't begin the next one.
        if self.over or number == self.last_key:
            return 0
        self.value = self.value + ONE if self.value and number == (self.last_key or 0) + 1 else ONE
        self.last_key = number
        if self.value < self.target:
            return 0
        self.rounds += 1
        self.value = ZERO
        return 1
