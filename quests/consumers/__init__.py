"""Consumers of events. Importing this package registers them (quests.apps does); each is one file."""

from quests.consumers import deeds, progress

__all__ = ["deeds", "progress"]
