"""One outlet: the way to it, and telling that it didn't serve."""

import re

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Member
from loyalty.lib.clock import business_day
from loyalty.lib.errors import DomainError
from loyalty.web.page import member_page, programme_of
from partners.domain import visits
from partners.domain.outlets import reports
from partners.models import Outlet
from partners.views.map import outlet_or_404

_ROBOT = re.compile(r"bot|crawl|spider|preview|slurp|lighthouse", re.IGNORECASE)


class MapRedirect(HttpResponseRedirect):
    """A redirect that may leave for the device's own map."""

    allowed_schemes = ["https", "http", "geo"]


@require_safe
def route(request: HttpRequest, pk: int) -> HttpResponse:
    """Counts the tap and leads to the device's map: the operator's own address, else geo: on Android and OpenStreetMap elsewhere."""
    outlet = outlet_or_404(pk)
    if request.method == "GET" and not read_ahead(request):
        visits.record_route_tap(partner_id=outlet.partner_id, outlet_id=outlet.pk, day=business_day(timezone.now(), programme_of(request).zone))
    return MapRedirect(route_address(outlet, agent=request.headers.get("User-Agent", "")))


@require_POST
@member_page
def report(request: HttpRequest, pk: int, member: Member) -> HttpResponse:
    """Record what a member reports of an outlet, and thank."""
    outlet = outlet_or_404(pk)
    kind, comment = request.POST.get("kind", ""), request.POST.get("comment", "")
    try:
        reports.report(outlet_id=outlet.pk, member_id=member.pk, kind=kind, comment=comment, now=timezone.now())
    except DomainError as problem:
        messages.error(request, _sentence(problem))
    else:
        messages.success(request, gettext("Thank you. We will check it with the partner."))
    return redirect(f"{reverse('partner', args=[outlet.partner.slug])}?outlet={outlet.pk}")


def read_ahead(request: HttpRequest) -> bool:
    """Whether a robot or a prefetching browser asks, and nobody looks."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose or bool(_ROBOT.search(request.headers.get("User-Agent", "")))


def _sentence(problem: DomainError) -> str:
    known = {
        "bad_kind": gettext("Say what happened: closed, or the card was refused."),
        "bad_comment": gettext("A comment is at most %(number)s characters.") % {"number": reports.MAX_COMMENT},
        "too_many_reports": gettext("You have sent many reports lately. Try again in an hour."),
    }
    return known.get(problem.code, problem.message)


def route_address(outlet: Outlet, *, agent: str) -> str:
    """Where the way is shown. `agent` is the browser's User-Agent."""
    spot = {"lat": f"{outlet.lat:.6f}", "lng": f"{outlet.lng:.6f}"}
    if settings.MAP_ROUTE_URL:
        return settings.MAP_ROUTE_URL.format(**spot)
    if "Android" in agent:
        return "geo:{lat},{lng}?q={lat},{lng}".format(**spot)
    if any(name in agent for name in ("iPhone", "iPad", "Macintosh")):
        return "https://maps.apple.com/?daddr={lat},{lng}".format(**spot)
    return "https://www.openstreetmap.org/directions?to={lat}%2C{lng}".format(**spot)
