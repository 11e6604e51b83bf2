"""Members call with the session of the cabinet."""

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Member


class MemberSession(SessionAuthentication):
    """The browser's session; writing needs the CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        """So that an anonymous call is a 401, not a 403."""
        return "Session"


class IsSignedIn(BasePermission):
    """Somebody with a live log-in."""

    def has_permission(self, request: Request, view: object) -> bool:
        """True, or 401."""
        if not request.user.is_authenticated:
            raise NotAuthenticated("Sign in first.", code="not_authenticated")
        return True


def member_of(request: Request) -> Member:
    """The signed-in member. Raises NotFound for a log-in without one (staff)."""
    pk = request.user.pk
    member = Member.objects.filter(user_id=pk).first() if pk is not None else None
    if member is None:
        raise NotFound("This log-in has no card.", code="no_member")
    return member
