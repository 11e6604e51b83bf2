"""What a way of sending text messages has to offer (accounts/sms holds those that we wrote; SMS_BACKEND names the one in use)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class SmsRefused(Exception):
    """The provider will never take this message: a wrong number, a forbidden text. The message says why, without the number."""


class SmsBusy(Exception):
    """The provider didn't take this message now (its own limits); the provider as a whole works."""


class SmsOutage(Exception):
    """No sensible answer, or one that means nothing can be sent: wrong password, no money, an error of theirs."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message. `cost` is what it said, in its currency; None where it didn't say."""

    provider_id: str = ""
    cost: Decimal | None = None
    # Nothing further will be heard of it: there are no receipts.
    is_final: bool = False


class SmsBackend(Protocol):
    """A class without arguments. `name` stands in the database; it must not change."""

    name: str

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Hand one text over for delivery to a phone in E.164 form.

        `key` is the same at every attempt, for providers that tell repetitions by it. Raises SmsRefused, SmsBusy, SmsOutage.
        """
