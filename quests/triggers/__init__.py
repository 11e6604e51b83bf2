"""What quests ask for. A trigger is one class in one file of this folder: what it counts, and all that staff and members read of it."""

from typing import Any

from loyalty.lib.registry import Registry
from quests.triggers.base import Trigger

TRIGGERS = Registry(__name__, Trigger)


def trigger_of(slug: str) -> Trigger:
    """The trigger of a quest. Raises KeyError for an unknown kind."""
    return TRIGGERS[slug]()


def choices() -> list[tuple[str, Any]]:
    """The kinds as a model's field takes them: called when they are needed, so that a new kind needs no migration."""
    return TRIGGERS.choices()
