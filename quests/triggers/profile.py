"""A profile filled in."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quests.triggers.base import StateTrigger


class Profile(StateTrigger):
    """The member has given a name and a birthday."""

    slug = "profile"
    label = _("a profile filled in")
    position = 140
    fulfilled = (("profile", ~Q(first_name="") & Q(birth_day__isnull=False)),)
