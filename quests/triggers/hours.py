"""Purchases on certain weekdays or at certain hours."""

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger


class Hours(CountTrigger):
    """Counts purchases on the weekdays and at the hours named, by the clock of the programme's zone."""

    kind = TriggerKind.HOURS
    needs = ("weekdays", "hour_from", "hour_to")
