"""Proven contacts."""

from quests.domain.triggers.base import DeedTrigger
from quests.enums import TriggerKind


class Contact(DeedTrigger):
    """Counts proven contacts: the e-mail address and the phone."""

    kind = TriggerKind.CONTACT
