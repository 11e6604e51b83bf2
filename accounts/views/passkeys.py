"""Passkeys for everybody, authenticator apps for staff: allauth's views with our ends."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy

View = Callable[..., HttpResponse]


class AddPasskeyView(webauthn.AddWebAuthnView):
    """A new passkey: always one that logs in by itself."""

    def get_success_url(self) -> str:
        return str(reverse_lazy("profile"))


class RemovePasskeyView(webauthn.RemoveWebAuthnView):
    """A passkey less. Another user's is a 404."""

    success_url = reverse_lazy("profile")


def staff_only(view: View) -> View:
    """A page for staff; for others it isn't there."""

    @login_required
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper
