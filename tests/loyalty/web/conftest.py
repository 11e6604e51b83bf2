"""The member and the browser of the cabinet's pages."""

from tests.loyalty.views.conftest import bakery, client, member, now, programme, visitor

__all__ = ["bakery", "client", "member", "now", "programme", "visitor"]
