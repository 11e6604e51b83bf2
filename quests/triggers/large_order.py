"""Purchases of at least an amount."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import CountTrigger


class LargeOrder(CountTrigger):
    """Counts purchases for which at least the amount was paid in money; after a return it must still be that much."""

    slug = "large_order"
    label = _("purchases of at least an amount")
    position = 30
    needs = ("at_least",)
