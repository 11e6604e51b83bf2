"""A card was blocked."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class CardBlocked(ScenarioKind):
    """Told of the event CARD_BLOCKED."""

    slug = "card_blocked"
    label = _("A card was blocked")
    position = 110
    category = Category.SECURITY
    title = _("Card {card} is blocked")
    body = _("It no longer works at tills. If it wasn't you who asked for it, write to us.")
    sms = _("{programme}: card {card} is blocked. Not you? {link}")
    button = _("See the card")
    url = "/card/"
    placeholders = {"card": "text"}
    sample = {"card": "•••• 4417"}
