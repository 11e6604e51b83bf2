"""Confirmation of a spend."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class PointsSpent(ScenarioKind):
    """Told of the event POINTS_SPENT."""

    slug = "points_spent"
    label = _("Confirmation of a spend")
    position = 40
    category = Category.POINTS_SPENT
    title = _("Paid with points: {points}")
    body = _("Where: {partner}. If it wasn't you, block the card at once and write to us.")
    sms = _("{programme}: paid with {points} ({partner}). Not you? {link}")
    button = _("See the purchase")
    url = "/history/"
    placeholders = {"points": "points", "partner": "text"}
    sample = {"points": 120, "partner": "Зерно и пар"}
