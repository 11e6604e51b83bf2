"""Consumers of events. Importing this package registers them (quests.apps does); each is one file."""

from quests.consumers import deeds, friends, progress

__all__ = ["deeds", "friends", "progress"]
