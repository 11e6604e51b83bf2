"""A quest is finished."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class QuestCompleted(ScenarioKind):
    """Told of the event QUEST_COMPLETED."""

    slug = "quest_completed"
    label = _("A quest is finished")
    position = 70
    category = Category.LEVEL_AND_QUESTS
    title = _("Quest finished: {quest}")
    body = _("Your reward: {reward}.")
    sms = _("{programme}: quest “{quest}” finished, reward {reward}. {link}")
    button = _("Other quests")
    url = "/quests/"
    placeholders = {"quest": "named", "reward": "reward"}
    sample = {"quest": {"ru": "Новая линия", "en": "New line"}, "reward": {"tokens": 3, "points": 50}}
