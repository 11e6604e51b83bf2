"""Purchases at different partners."""

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger, Measure
from quests.triggers.base.purchase import Purchase


class Partners(CountTrigger):
    """Counts each partner once."""

    kind = TriggerKind.PARTNERS
    measure = Measure.DISTINCT

    def key(self, purchase: Purchase) -> str:
        return str(purchase.partner_id)
