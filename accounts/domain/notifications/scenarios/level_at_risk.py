"""A level is at risk."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class LevelAtRisk(ScenarioKind):
    """Told of the event LEVEL_AT_RISK."""

    slug = "level_at_risk"
    label = _("A level is at risk")
    position = 60
    category = Category.LEVEL_AND_QUESTS
    title = _("Level “{level}”: keep it until {until}")
    body = _("To stay on it you need a little more by then: {need}.")
    sms = _("{programme}: to keep “{level}” until {until} you need {need}. {link}")
    button = _("How to keep it")
    url = "/level/"
    placeholders = {"level": "named", "until": "day", "need": "text"}
    sample = {"level": {"ru": "Мельхиор", "en": "Nickel silver"}, "until": "2026-12-31", "need": ("tokens", 7)}
