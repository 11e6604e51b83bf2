"""Our answer to a member's letter."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class Answer(ScenarioKind):
    """Told when staff answer a letter (contact_requests.py)."""

    slug = "answer"
    label = _("Our answer to a member's letter")
    position = 120
    category = Category.SERVICE
    title = _("Answer to your letter No. {letter}")
    body = "{answer}"
    sms = _("{programme}: we answered your letter. {link}")
    button = _("See the letter")
    url = "/write/"
    placeholders = {"letter": "text", "answer": "text"}
    sample = {"letter": "128", "answer": "Баллы за покупку начислены."}
