"""Purchases on certain weekdays or at certain hours."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import CountTrigger


class Hours(CountTrigger):
    """Counts purchases on the weekdays and at the hours named, by the clock of the programme's zone."""

    slug = "hours"
    label = _("purchases on weekdays or at hours")
    position = 110
    needs = ("weekdays", "hour_from", "hour_to")
