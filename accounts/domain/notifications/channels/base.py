"""What a channel has to offer to the sender of messages."""

from datetime import datetime
from typing import Protocol

from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.models import Message
from accounts.models.notification import Channel


class Sending(Protocol):
    """One worker's use of a channel for a while: connections, templates, what is known of the chunk."""

    channel: Channel
    # The provider, as its rate and breaker are filed; what it takes a second; how many calls make sense side by side.
    provider: str
    per_second: float
    at_once: int

    def prepare(self, messages: list[Message]) -> None:
        """Read from the database what the chunk needs, in a constant number of queries."""

    def send(self, message: Message, to: Reach, *, now: datetime) -> Outcome:
        """Hand one message over. Talks to the provider and never raises for what it does.

        May run in another thread when `at_once` is above 1: then it uses no database.
        """

    def settle(self, *, now: datetime) -> None:
        """After the chunk: write down what sending learned besides the outcomes."""

    def close(self) -> None:
        """Let go of connections."""
