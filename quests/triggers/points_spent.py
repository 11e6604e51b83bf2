"""Points spent on purchases."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import PurchaseTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase


class PointsSpent(PurchaseTrigger):
    """Adds up the points that paid for purchases and didn't come back with a return."""

    slug = "points_spent"
    label = _("points spent on purchases")
    position = 120

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return Decimal(kept.points)
