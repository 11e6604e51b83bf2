"""Birthday."""

from django.utils.translation import gettext_noop as _

from accounts.domain.notifications.scenarios.base import ScenarioKind
from accounts.models.notification import Category


class Birthday(ScenarioKind):
    """Told by a reminder on the birthday."""

    slug = "birthday"
    label = _("Birthday")
    position = 90
    category = Category.OFFERS
    title = _("Happy birthday, {name}")
    body = _("We wish you a good year. Have a look at what partners offer today.")
    sms = _("{programme}: happy birthday. {link}")
    button = _("See the offers")
    url = "/offers/"
