"""What came of handing one message to a provider."""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models.notification import Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """Accepted (neither `reason` nor `error`), refused for good (`reason`), or to be tried again (`error`).

    `is_outage`: the provider as a whole didn't work, so that its breaker counts it. `is_delivered`: nothing further will be heard.
    """

    provider_id: str = ""
    segments: int = 0
    cost: Decimal = Decimal(0)
    reason: Reason | None = None
    error: str = ""
    is_outage: bool = False
    is_delivered: bool = False

    @property
    def is_accepted(self) -> bool:
        return self.reason is None and not self.error
