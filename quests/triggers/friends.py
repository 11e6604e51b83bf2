"""Friends who bought."""

from quests.enums import TriggerKind
from quests.triggers.base import DeedTrigger


class Friends(DeedTrigger):
    """Counts friends who joined by the member's invitation and bought, each once (the event FRIEND_BOUGHT)."""

    kind = TriggerKind.FRIENDS
