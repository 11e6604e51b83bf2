"""What a channel has to offer to the sender of messages."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.sender import Sender
from accounts.models import Message
from accounts.models.notification import Channel


class Sending(ABC):
    """One worker's use of a channel for a while: connections, templates, what is known of the chunk. `position`: whose turn it is first."""

    slug: ClassVar[Channel]
    position: ClassVar[int]
    # How many calls make sense side by side.
    at_once: ClassVar[int] = 1
    # The provider, as its rate and breaker are filed; what it takes a second.
    provider: str
    per_second: float

    @abstractmethod
    def __init__(self, sender: Sender) -> None: ...

    @abstractmethod
    def prepare(self, messages: list[Message]) -> None:
        """Read from the database what the chunk needs, in a constant number of queries."""

    @abstractmethod
    def send(self, message: Message, to: Reach, *, now: datetime) -> Outcome:
        """Hand one message over. Talks to the provider and never raises for what it does.

        May run in another thread when `at_once` is above 1: then it uses no database.
        """

    @abstractmethod
    def settle(self, *, now: datetime) -> None:
        """After the chunk: write down what else sending learned."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""
