"""What a caller may do: a view names the scope of a key that each of its methods needs, or asks for somebody who is signed in."""

from typing import Any

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from partners.models import ApiKey


class HasScope(BasePermission):
    """The view's `scopes` maps methods to scopes. A method it doesn't name is nobody's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or 401 without a key, 403 (scope_missing) with one that lacks the scope."""
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated("Send the header Authorization: Api-Key …", code="not_authenticated")
        # HEAD and OPTIONS show no more than GET or the documentation do; a method the view lacks is its own 405.
        scope = view.scopes.get(request.method) or next(iter(view.scopes.values()))
        require(request, scope)
        return True


class IsSignedIn(BasePermission):
    """Somebody with a live log-in."""

    def has_permission(self, request: Request, view: object) -> bool:
        """True, or 401."""
        if not request.user.is_authenticated:
            raise NotAuthenticated("Sign in first.", code="not_authenticated")
        return True


def require(request: Request, scope: str) -> None:
    """Raise 403 (scope_missing) unless the key carries the scope."""
    key: Any = request.auth
    if not key.may(scope):
        raise PermissionDenied(f"This key lacks the scope {scope}.", code="scope_missing")
