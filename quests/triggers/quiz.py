"""A quiz or survey answered."""

from quests.enums import TriggerKind
from quests.triggers.base import DeedTrigger


class Quiz(DeedTrigger):
    """Counts questions of the quest that the member has answered."""

    kind = TriggerKind.QUIZ
