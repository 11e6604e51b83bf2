"""Consumers of events. Importing this package registers them (quests.apps does); each is one file."""

from quests.consumers import progress

__all__ = ["progress"]
