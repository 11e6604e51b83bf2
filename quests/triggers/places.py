"""Purchases at certain partners or in certain sections of the catalogue."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import CountTrigger


class Places(CountTrigger):
    """Counts purchases at the partners or in the categories named."""

    slug = "places"
    label = _("purchases at certain partners or in certain categories")
    position = 50
    needs = ("partners", "categories")
