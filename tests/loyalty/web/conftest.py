"""A member with a card, signed in, at a fixed time."""

from tests.loyalty.views.conftest import bakery, client, member, now, programme, visitor

__all__ = ["bakery", "client", "member", "now", "programme", "visitor"]
