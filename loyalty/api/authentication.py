"""Who calls: a partner's key in the header `Authorization: Api-Key …`, or a member with the session of the cabinet."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.request import Request

from accounts.models import Member
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


class MemberSession(SessionAuthentication):
    """The browser's session; writing needs the CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        """So that an anonymous call is a 401, not a 403."""
        return "Session"


def partner_key(request: Request) -> ApiKey:
    """The key of a call that HasScope let through."""
    key: Any = request.auth
    assert isinstance(key, ApiKey)
    return key


def member_of(request: Request) -> Member:
    """The signed-in member. Raises NotFound for a log-in without one (staff)."""
    pk = request.user.pk
    member = Member.objects.filter(user_id=pk).first() if pk is not None else None
    if member is None:
        raise NotFound("This log-in has no card.", code="no_member")
    return member
