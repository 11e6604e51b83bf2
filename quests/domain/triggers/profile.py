"""A profile filled in."""

from quests.domain.triggers.base import DeedTrigger
from quests.enums import TriggerKind


class Profile(DeedTrigger):
    """The member has given a name and a birthday."""

    kind = TriggerKind.PROFILE
