"""Purchases at different outlets."""

from decimal import Decimal

from quests.domain.rules import Conditions
from quests.enums import TriggerKind
from quests.triggers.base import NOTHING, CountTrigger, Measure
from quests.triggers.base.purchase import Kept, Purchase


class Outlets(CountTrigger):
    """Counts each outlet once; a purchase without an outlet counts nothing."""

    kind = TriggerKind.OUTLETS
    measure = Measure.DISTINCT

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.outlet_id else NOTHING

    def key(self, purchase: Purchase) -> str:
        return str(purchase.outlet_id)
