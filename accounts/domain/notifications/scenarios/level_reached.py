"""A level was reached."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class LevelReached(ScenarioKind):
    """Told of the event LEVEL_REACHED."""

    slug = "level_reached"
    label = _("A level was reached")
    position = 50
    category = Category.LEVEL_AND_QUESTS
    title = _("Your level is now “{level}”")
    body = _("What it gives is on the page of levels.")
    sms = _("{programme}: your level is now “{level}”. {link}")
    button = _("What the level gives")
    url = "/level/"
    placeholders = {"level": "named"}
    sample = {"level": {"ru": "Мельхиор", "en": "Nickel silver"}}
