"""Purchases in different cities."""

from decimal import Decimal

from quests.domain.rules import Conditions
from quests.enums import TriggerKind
from quests.triggers.base import NOTHING, CountTrigger, Measure
from quests.triggers.base.purchase import Kept, Purchase


class Cities(CountTrigger):
    """Counts each city once, by the outlet's address; a purchase without an outlet counts nothing."""

    kind = TriggerKind.CITIES
    measure = Measure.DISTINCT

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.city else NOTHING

    def key(self, purchase: Purchase) -> str:
        return purchase.city.casefold()[:80]
