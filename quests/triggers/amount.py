"""An amount spent in money."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import PurchaseTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase


class Amount(PurchaseTrigger):
    """Adds up what was paid in money and not returned; points are no money."""

    slug = "amount"
    label = _("an amount spent")
    position = 20
    money = True

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return kept.money
