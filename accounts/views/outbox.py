"""/dev/outbox/: the last mails and texts, with their codes. Only with DEBUG."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.domain import notify
from loyalty.web.page import private


@never_cache
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The newest fifty messages of every process on this machine."""
    if not settings.DEBUG:
        raise Http404
    return private(render(request, "accounts/outbox.html", {"sent": notify.outbox()}))
