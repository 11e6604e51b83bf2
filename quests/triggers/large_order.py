"""Purchases of at least an amount."""

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger


class LargeOrder(CountTrigger):
    """Counts purchases for which at least the amount was paid in money; after a return it must still be that much."""

    kind = TriggerKind.LARGE_ORDER
    needs = ("at_least",)
