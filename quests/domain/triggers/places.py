"""Purchases at certain partners or in certain sections of the catalogue."""

from quests.domain.triggers.base import CountTrigger
from quests.enums import TriggerKind


class Places(CountTrigger):
    """Counts purchases at the partners or in the categories named."""

    kind = TriggerKind.PLACES
    needs = ("partners", "categories")
