"""Friends who bought."""

from quests.domain.triggers.base import DeedTrigger
from quests.enums import TriggerKind


class Friends(DeedTrigger):
    """Counts friends who joined by the member's invitation and bought, each once (the event FRIEND_BOUGHT)."""

    kind = TriggerKind.FRIENDS
