"""Codes found at places."""

from quests.domain.triggers.base import DeedTrigger
from quests.enums import TriggerKind


class Code(DeedTrigger):
    """Counts codes found: each once, or once a day (see quests/domain/deeds.py)."""

    kind = TriggerKind.CODE
    needs = ("codes",)
