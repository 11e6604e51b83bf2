"""Small request-wide habits: the member's language, the programme's time zone, the admin's own policy, log-out wipes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation

from loyalty.web.page import programme_of

GetResponse = Callable[[HttpRequest], HttpResponse]

# unfold's Alpine evaluates expressions, and its widgets carry style attributes.
ADMIN_POLICY = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


def member_language(get_response: GetResponse) -> GetResponse:
    """Speak the language that the signed-in user chose, whatever the browser asks for."""
    languages = dict(settings.LANGUAGES)

    def middleware(request: HttpRequest) -> HttpResponse:
        # Files (style sheets, icons, the service worker) have no language: don't open a session for them.
        is_page = "." not in request.path.rpartition("/")[2]
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            language = request.user.language
            if language in languages and language != translation.get_language():
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return get_response(request)

    return middleware


def programme_time(get_response: GetResponse) -> GetResponse:
    """Pages show times in the programme's zone (web/page.py switches it on); the next request starts afresh."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            return get_response(request)
        finally:
            timezone.deactivate()

    return middleware


def admin_policy(get_response: GetResponse) -> GetResponse:
    """The admin in the programme's time zone, and a content security policy relaxed for it alone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_admin = request.path.startswith(reverse("admin:index"))
        if is_admin:
            # Staff read and type times in the programme's zone.
            programme_of(request)
        response = get_response(request)
        if is_admin:
            response._csp_update = ADMIN_POLICY  # type: ignore[attr-defined]
        return response

    return middleware


def log_out_wipes(get_response: GetResponse) -> GetResponse:
    """Ask the browser to forget what it kept for the member (the offline card) when they log out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and request.path == reverse("account_logout"):
            response["Clear-Site-Data"] = '"storage"'
        return response

    return middleware
