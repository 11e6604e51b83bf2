"""Staff's pages of quests. Importing this package registers them."""

from quests.admin import group, progress, quest

__all__ = ["group", "progress", "quest"]
