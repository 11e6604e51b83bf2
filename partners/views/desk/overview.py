"""/desk/: the door, and the first page of a partner's desk."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.domain.metrics import statistics_of
from loyalty.lib.clock import business_day
from loyalty.web.page import private, programme_of
from partners.domain import changes, people
from partners.models import ChangeState, ListingChange
from partners.views.desk.access import DeskRequest, desk_page, render_desk

_SHOWN = 3


@require_safe
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Whose desk? The only one at once; a list where there are several; 404 for everybody else."""
    desks = people.desks_of(request.user.pk or 0)
    if not desks:
        raise Http404
    if len(desks) == 1:
        return redirect("desk_overview", desks[0].partner.slug)
    return private(render(request, "desk/choose.html", {"desks": desks}))


@require_safe
@desk_page()
def overview(request: DeskRequest) -> HttpResponse:
    """The state of the listing, what waits for somebody, this month's figures."""
    partner, zone = request.desk.partner, programme_of(request).zone
    today = business_day(timezone.now(), zone)
    first = today.replace(day=1)
    context = {
        "month": (first, today),
        "figures": statistics_of(partner.pk, since=first, until=today, zone=zone).total,
        "outlet_count": partner.outlets.filter(is_active=True).count(),
        "open_changes": changes.open_changes(partner.pk)[:_SHOWN],
        "rejected": ListingChange.objects.filter(partner=partner, state=ChangeState.REJECTED).select_related("outlet")[:_SHOWN],
    }
    return render_desk(request, "desk/overview.html", context)


@require_safe
@desk_page()
def more(request: DeskRequest) -> HttpResponse:
    """Where the rarer pages are."""
    return render_desk(request, "desk/more.html", {"several": len(people.desks_of(request.desk.user_id)) > 1})
