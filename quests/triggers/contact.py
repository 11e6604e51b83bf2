"""Proven contacts."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quests.triggers.base import StateTrigger


class Contact(StateTrigger):
    """Counts proven contacts, the e-mail address and the phone: those of a member with a log-in are proven."""

    slug = "contact"
    label = _("proven contacts")
    position = 150
    fulfilled = (
        ("email", Q(user__isnull=False, email__isnull=False)),
        ("phone", Q(user__isnull=False, phone__isnull=False)),
    )
