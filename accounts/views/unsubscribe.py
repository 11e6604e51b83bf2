"""Leaving a category by the link of a mail, and following a message's link. Without a log-in: the signed address says who."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.notifications import links
from accounts.domain.notifications import unsubscribe as leaving
from accounts.views import notifications
from loyalty.lib.errors import DomainError
from loyalty.web.page import private


# No CSRF token: mail programs post here by themselves (RFC 8058), and the address itself is the secret.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, and changes nothing (mail filters open links); POST ends the category for this channel, `back` begins it again."""
    what = leaving.read(token)
    if what is None:
        return private(render(request, "accounts/unsubscribe.html", {"what": None}, status=404))
    state = "ask"
    if request.method == "POST":
        act, good, bad = (leaving.come_back, "back", "off") if "back" in request.POST else (leaving.leave, "done", "locked")
        try:
            act(what, source="unsubscribe", now=timezone.now())
            state = good
        except DomainError:
            state = bad
    return private(render(request, "accounts/unsubscribe.html", {"what": what, "state": state, "title": notifications.category_name(what.category)}))


@require_safe
def message_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a message: noted, then on to the page of ours that it is about."""
    response = HttpResponseRedirect(links.follow(token, now=timezone.now()) or "/")
    return private(response)
