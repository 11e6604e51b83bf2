"""Admin pages of members, cards and users."""

from accounts.admin import card, member, user

__all__ = ["card", "member", "user"]
