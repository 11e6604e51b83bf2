"""Points spent on purchases."""

from decimal import Decimal

from quests.domain.rules import Conditions
from quests.enums import TriggerKind
from quests.triggers.base import PurchaseTrigger
from quests.triggers.base.purchase import Kept, Purchase


class PointsSpent(PurchaseTrigger):
    """Adds up the points that paid for purchases and didn't come back with a return."""

    kind = TriggerKind.POINTS_SPENT

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return Decimal(kept.points)
