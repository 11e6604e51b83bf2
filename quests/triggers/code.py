"""Codes found at places."""

from quests.enums import TriggerKind
from quests.triggers.base import DeedTrigger


class Code(DeedTrigger):
    """Counts codes found: each once, or once a day (see quests/domain/deeds.py)."""

    kind = TriggerKind.CODE
    needs = ("codes",)
