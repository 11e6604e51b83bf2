"""How much work to take at a time, so that each portion takes about as long as it may."""

from dataclasses import dataclass


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
