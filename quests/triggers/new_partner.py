"""First purchases at new partners."""

from decimal import Decimal

from quests.domain.rules import Conditions
from quests.enums import TriggerKind
from quests.triggers.base import NOTHING, CountTrigger, Measure
from quests.triggers.base.purchase import Kept, Purchase


class NewPartner(CountTrigger):
    """Counts partners at which the member's very first purchase falls into the window."""

    kind = TriggerKind.NEW_PARTNER
    measure = Measure.DISTINCT
    first_only = True

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.first else NOTHING

    def key(self, purchase: Purchase) -> str:
        return str(purchase.partner_id)
