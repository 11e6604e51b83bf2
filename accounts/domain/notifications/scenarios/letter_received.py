"""Receipt for a member's letter."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class LetterReceived(ScenarioKind):
    """Told when a member has written (contact_requests.py)."""

    slug = "letter_received"
    label = _("Receipt for a member's letter")
    position = 130
    category = Category.SERVICE
    title = _("We have your letter No. {letter}")
    body = _("We will answer here and by e-mail.\n\nYou wrote:\n{text}")
    sms = _("{programme}: we have your letter. {link}")
    button = _("See the letter")
    url = "/write/"
    placeholders = {"letter": "text", "text": "text"}
    sample = {"letter": "128", "text": "Не пришли баллы."}
