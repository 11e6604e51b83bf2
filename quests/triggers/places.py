"""Purchases at certain partners or in certain sections of the catalogue."""

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger


class Places(CountTrigger):
    """Counts purchases at the partners or in the categories named."""

    kind = TriggerKind.PLACES
    needs = ("partners", "categories")
