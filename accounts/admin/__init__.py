"""Admin pages of members, cards and users."""

from accounts.admin import broadcast, card, contact_request, member, message, scenario, user

__all__ = ["broadcast", "card", "contact_request", "member", "message", "scenario", "user"]
