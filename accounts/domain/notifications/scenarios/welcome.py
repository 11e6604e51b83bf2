"""Welcome: somebody has joined."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class Welcome(ScenarioKind):
    """Told of the event MEMBER_JOINED, once in a life."""

    slug = "welcome"
    label = _("Welcome: somebody has joined")
    position = 10
    category = Category.SERVICE
    title = _("Welcome to {programme}")
    body = _("Your card is ready. Show it at the till, and points come with every purchase.")
    sms = _("{programme}: your card is ready. {link}")
    button = _("Show the card")
    url = "/card/"
