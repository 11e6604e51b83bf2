"""A quiz or survey answered."""

from quests.domain.triggers.base import DeedTrigger
from quests.enums import TriggerKind


class Quiz(DeedTrigger):
    """Counts questions of the quest that the member has answered."""

    kind = TriggerKind.QUIZ
