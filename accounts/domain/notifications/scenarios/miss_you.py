"""“We miss you”, after the member's own usual gap."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class MissYou(ScenarioKind):
    """Told by a reminder after twice the member's own mean gap between purchases."""

    slug = "miss_you"
    label = _("“We miss you”, after the member's own usual gap")
    position = 100
    category = Category.OFFERS
    title = _("You haven't been here for {days}")
    body = _("On your account: {points}. They wait for your next purchase.")
    sms = _("{programme}: {points} wait for you. {link}")
    button = _("See the partners")
    url = "/partners/"
    placeholders = {"days": "days", "points": "points"}
    sample = {"days": 42, "points": 640}
