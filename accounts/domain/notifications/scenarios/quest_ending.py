"""A quest ends soon."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class QuestEnding(ScenarioKind):
    """Told by a reminder, some days before the member's last day (quests/domain/endings.py)."""

    slug = "quest_ending"
    label = _("A quest ends soon")
    position = 80
    category = Category.LEVEL_AND_QUESTS
    title = _("Quest “{quest}” ends {date}")
    body = _("{about}\n\nLeft: {left} of {target}. The reward: {reward}.")
    sms = _("{programme}: quest “{quest}” ends {date}. {link}")
    button = _("See the quest")
    url = "/quests/"
    placeholders = {"quest": "named", "about": "named", "date": "day", "left": "number", "target": "number", "reward": "reward"}
    sample = {
        "quest": {"ru": "Новая линия", "en": "New line"},
        "about": {"ru": "Покупки у пяти разных партнёров", "en": "Purchases at five different partners"},
        "date": "2026-12-31",
        "left": 1,
        "target": 5,
        "reward": {"tokens": 3, "points": 50},
    }
    days_before = 3
