"""A number of purchases."""

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger


class Orders(CountTrigger):
    """Counts purchases of which something is kept."""

    kind = TriggerKind.ORDERS
