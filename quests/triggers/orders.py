"""A number of purchases."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import CountTrigger


class Orders(CountTrigger):
    """Counts purchases of which something is kept."""

    slug = "orders"
    label = _("a number of purchases")
    position = 10
