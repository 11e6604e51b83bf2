"""An amount spent in money."""

from decimal import Decimal

from quests.domain.rules import Conditions
from quests.enums import TriggerKind
from quests.triggers.base import PurchaseTrigger
from quests.triggers.base.purchase import Kept, Purchase


class Amount(PurchaseTrigger):
    """Adds up what was paid in money and not returned; points are no money."""

    kind = TriggerKind.AMOUNT
    money = True

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return kept.money
