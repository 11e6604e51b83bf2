"""Who calls: a partner's key in the header `Authorization: Api-Key …`."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from loyalty.lib.errors import DomainError
from partners.domain import api_key
from partners.models import ApiKey


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` becomes the ApiKey, with its partner. Another scheme is not ours to judge."""

    keyword = "api-key"

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        """The key, None without one. Raises AuthenticationFailed (401) for a key that isn't good."""
        keyword, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if keyword.lower() != self.keyword:
            return None
        now = timezone.now()
        try:
            key = api_key.find(text.strip(), now=now)
        except DomainError as error:
            raise AuthenticationFailed(error.message, code=error.code) from None
        api_key.note_use(key, now=now)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Api-Key realm="api"'


def partner_key(request: Request) -> ApiKey:
    """The key of a call that HasScope let through."""
    key: Any = request.auth
    assert isinstance(key, ApiKey)
    return key
