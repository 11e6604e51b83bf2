"""A profile filled in."""

from django.db.models import Q

from quests.enums import TriggerKind
from quests.triggers.base import StateTrigger


class Profile(StateTrigger):
    """The member has given a name and a birthday."""

    kind = TriggerKind.PROFILE
    fulfilled = (("profile", ~Q(first_name="") & Q(birth_day__isnull=False)),)
