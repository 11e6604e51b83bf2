"""Purchases at different partners."""

from quests.domain.purchase import Purchase
from quests.domain.triggers.base import CountTrigger, Measure
from quests.enums import TriggerKind


class Partners(CountTrigger):
    """Counts each partner once."""

    kind = TriggerKind.PARTNERS
    measure = Measure.DISTINCT

    def key(self, purchase: Purchase) -> str:
        return str(purchase.partner_id)
