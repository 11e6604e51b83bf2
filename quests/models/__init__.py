from quests.models.progress import Completion, Contribution, Deed, Progress
from quests.models.quest import Quest, QuestGroup

__all__ = ["Completion", "Contribution", "Deed", "Progress", "Quest", "QuestGroup"]
