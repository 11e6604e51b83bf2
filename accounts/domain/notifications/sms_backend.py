"""What a way of sending text messages has to offer (accounts/sms holds them, a file each; SMS_BACKEND names the one in use)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from accounts.domain.notifications.receipts import Receipt


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


class SmsBackend(ABC):
    """A class without arguments. `slug` is the value of SMS_BACKEND and stands in the database; it must not change.

    `reports`: the provider calls /hooks/sms/<slug>/ with receipts, and wants to read `heard` for an answer.
    """

    slug: ClassVar[str]
    reports: ClassVar[bool] = False
    heard: ClassVar[str] = "OK"

    @abstractmethod
    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Hand one text over for delivery to a phone in E.164 form.

        `key` is the same at every attempt, for providers that tell repetitions by it. Raises SmsRefused, SmsBusy, SmsOutage.
        """

    def may_report(self) -> bool:
        """Whether the settings hold what proves a call to be the provider's; without it the address isn't there."""
        return False

    def receipts(self, fields: Mapping[str, str]) -> Sequence[Receipt] | None:
        """The receipts of one call; None: its signature is wrong."""
        return None


_chosen: list[Callable[[], SmsBackend]] = []


def choose_with(choose: Callable[[], SmsBackend]) -> None:
    """Say how the backend in use is found. The edge knows the providers and the settings; the domain doesn't."""
    _chosen[:] = [choose]


def backend() -> SmsBackend:
    """The backend in use."""
    [choose] = _chosen
    return choose()
