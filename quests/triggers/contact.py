"""Proven contacts."""

from django.db.models import Q

from quests.enums import TriggerKind
from quests.triggers.base import StateTrigger


class Contact(StateTrigger):
    """Counts proven contacts, the e-mail address and the phone: those of a member with a log-in are proven."""

    kind = TriggerKind.CONTACT
    fulfilled = (
        ("email", Q(user__isnull=False, email__isnull=False)),
        ("phone", Q(user__isnull=False, phone__isnull=False)),
    )
