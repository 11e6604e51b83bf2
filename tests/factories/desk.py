"""People at a partner's desk.

seat = make_seat(partner, DeskRole.EDITOR)    # somebody without a card, e-mail proven
client = desk_client(seat)                    # their browser, in English
"""

from typing import Any

from django.test import Client

from partners.enums import DeskRole
from partners.models import Partner, PartnerUser
from tests.factories.accounts import UserFactory


def make_seat(partner: Partner, role: DeskRole = DeskRole.MANAGER, **user: Any) -> PartnerUser:
    """A seat of somebody new."""
    values = {"phone": None, "phone_verified": False, "language": "en", **user}
    return PartnerUser.objects.create(partner=partner, user=UserFactory(**values), role=role)


def desk_client(seat: PartnerUser) -> Client:
    """A browser of whoever has a seat."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(seat.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
