"""Language and theme: on the user for members, in cookies for everybody."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from accounts.models.user import Theme

A_YEAR = 60 * 60 * 24 * 365


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Take `language` and/or `theme`; anything unknown is ignored."""
    response = redirect(_next(request))
    chosen = {}
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        chosen["language"] = language
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    if theme in Theme.values:
        chosen["theme"] = theme
        response.set_cookie("theme", theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    if chosen and request.user.is_authenticated:
        for field, value in chosen.items():
            setattr(request.user, field, value)
        request.user.save(update_fields=list(chosen))
    return response
