"""Who gets in at a partner's desk.

@desk_page()                    any seat at this partner's desk
@desk_page(DeskRole.EDITOR)     editors and managers; 403 for a viewer

The address names the partner: /desk/<slug>/…. Visitors are sent to the log-in; without a seat at that partner's desk
the page is a 404, whether the partner exists or not. A view gets a `DeskRequest`: `request.desk` is the seat, with its
`partner`, `role`, `may_edit` and `may_manage`. Every object below is to be looked up through `request.desk.partner`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from loyalty.web.page import private
from partners.domain import listing, people
from partners.enums import DeskRole
from partners.models import PartnerUser

type DeskView = Callable[..., HttpResponse]


class DeskRequest(HttpRequest):
    """A request of somebody at a partner's desk."""

    desk: PartnerUser


def desk_page(needs: DeskRole = DeskRole.VIEWER) -> Callable[[DeskView], DeskView]:
    """A page of a partner's desk for those whose role covers `needs`. Private: never cached, never indexed."""

    def decorate(view: DeskView) -> DeskView:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            desk = people.desk_of(request.user.pk, slug=slug)
            if desk is None:
                raise Http404
            if not desk.may(needs):
                raise PermissionDenied
            request.desk = desk  # type: ignore[attr-defined]
            return private(view(request, *args, **kwargs))

        return wrapper

    return decorate


def render_desk(request: DeskRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """Render a page of the desk: its templates extend desk/base.html and have `desk`, the seat."""
    stale = listing.is_stale(request.desk.partner, now=timezone.now())
    return render(request, template, {"desk": request.desk, "stale": stale, **(context or {})}, status=status)
