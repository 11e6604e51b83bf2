"""Points became available."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class PointsAvailable(ScenarioKind):
    """Told of the event POINTS_CREDITED for points that can be spent at once, and by a reminder of the day on which those of purchases can."""

    slug = "points_available"
    label = _("Points became available")
    position = 20
    category = Category.POINTS_CREDITED
    title = _("Available now: {points}")
    body = _("You can pay with them from today. The most of a purchase that points can pay is shown at each partner.")
    sms = _("{programme}: {points} available now. {link}")
    button = _("See the points")
    url = "/history/"
    placeholders = {"points": "points"}
    sample = {"points": 240}
