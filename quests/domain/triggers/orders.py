"""A number of purchases."""

from quests.domain.triggers.base import CountTrigger
from quests.enums import TriggerKind


class Orders(CountTrigger):
    """Counts purchases of which something is kept."""

    kind = TriggerKind.ORDERS
