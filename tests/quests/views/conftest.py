"""The same member, browser and shop as the cabinet's pages have."""

from tests.loyalty.views.conftest import bakery, client, member, now, programme, visitor

__all__ = ["bakery", "client", "member", "now", "programme", "visitor"]
