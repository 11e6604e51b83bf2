"""Points expire in 30, 7 or 1 days."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class PointsExpiring(ScenarioKind):
    """Told by a reminder, 30, 7 and 1 days before points expire."""

    slug = "points_expiring"
    label = _("Points expire in 30, 7 or 1 days")
    position = 30
    category = Category.POINTS_EXPIRING
    title = _("Points about to expire: {points}")
    body = _("The first of them go on {date}. Here is what expires when, and where you can spend them nearby.")
    sms = _("{programme}: {points} expire, the first on {date}. {link}")
    button = _("Where to spend them")
    url = "/partners/"
    placeholders = {"points": "points", "date": "day", "days": "days"}
    sample = {"points": 410, "date": "2026-12-31", "days": 30}
