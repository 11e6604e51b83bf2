"""/desk/<slug>/listing/outlets/: outlets added, edited, closed; each change waits for review."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.lib.errors import DomainError
from partners.domain.desk import changes
from partners.enums import DeskRole
from partners.models import ChangeKind, ChangeState, ListingChange, Outlet
from partners.views.desk.access import DeskRequest, desk_page, render_desk
from partners.views.desk.listing_forms import OutletForm

_A_PAGE = 50


@require_safe
@desk_page()
def index(request: DeskRequest) -> HttpResponse:
    """The partner's outlets by its own numbers, with what waits for each; `?q=` narrows, `?after=` goes on."""
    partner = request.desk.partner
    query, after = request.GET.get("q", "").replace("\0", "").strip()[:100], request.GET.get("after", "")
    outlets = Outlet.objects.filter(partner=partner).order_by("pk")
    if query:
        outlets = outlets.filter(Q(name__icontains=query) | Q(address__icontains=query) | Q(city__icontains=query) | Q(external_id__iexact=query))
    if after.isascii() and after.isdigit() and len(after) < 19:
        outlets = outlets.filter(pk__gt=int(after))
    page = list(outlets[: _A_PAGE + 1])
    waiting = {change.outlet_id: change for change in changes.open_changes(partner.pk).filter(outlet__in=[outlet.pk for outlet in page])}
    context = {
        "outlets": [(outlet, waiting.get(outlet.pk)) for outlet in page[:_A_PAGE]],
        "more": page[_A_PAGE - 1].pk if len(page) > _A_PAGE else None,
        "new": changes.open_changes(partner.pk).filter(kind=ChangeKind.NEW_OUTLET),
        "q": query,
    }
    return render_desk(request, "desk/outlets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.EDITOR)
def new(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """Propose another outlet, or go on with its draft."""
    partner = request.desk.partner
    draft = None
    if pk is not None:
        draft = get_object_or_404(ListingChange, pk=pk, partner=partner, kind=ChangeKind.NEW_OUTLET)
        if draft.state != ChangeState.DRAFT:
            return redirect("desk_change", partner.slug, pk)
    form = OutletForm(request.POST or None, outlet=None, partner=partner, initial=draft.proposed if draft else {"country": "RU"})
    if request.method == "POST" and form.is_valid() and (answer := _keep(request, form, None, draft)):
        return answer
    return render_desk(request, "desk/outlet.html", {"form": form, "change": draft})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.EDITOR)
def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """Change an outlet, close it, or open it again."""
    partner = request.desk.partner
    outlet = get_object_or_404(Outlet, pk=pk, partner=partner)
    change = changes.open_change(partner.pk, outlet_id=outlet.pk)
    if change is not None and change.state == ChangeState.WAITING:
        return redirect("desk_change", partner.slug, change.pk)
    values = {**changes.present(ChangeKind.OUTLET, partner=partner, outlet=outlet), **(change.proposed if change else {})}
    if request.method == "POST" and request.POST.get("action") in ("close", "open"):
        if answer := _close(request, outlet, is_active=request.POST["action"] == "open"):
            return answer
        return redirect("desk_outlet", partner.slug, pk)
    form = OutletForm(request.POST or None, outlet=outlet, partner=partner, initial=values)
    if request.method == "POST" and form.is_valid() and (answer := _keep(request, form, outlet, change)):
        return answer
    return render_desk(request, "desk/outlet.html", {"form": form, "outlet": outlet, "change": change})


def _keep(request: DeskRequest, form: OutletForm, outlet: Outlet | None, change: ListingChange | None) -> HttpResponse | None:
    partner, now, by_id = request.desk.partner, timezone.now(), request.user.pk
    kind = ChangeKind.OUTLET if outlet else ChangeKind.NEW_OUTLET
    send, draft_id = request.POST.get("action") == "submit", change.pk if change and not outlet else None
    try:
        kept = changes.draft(partner, kind=kind, values=form.cleaned_data, by_id=by_id, now=now, outlet=outlet, change_id=draft_id, send=send)
        if kept is None:
            messages.info(request, gettext("Nothing differs from what is published."))
        elif send:
            messages.success(request, gettext("Sent for review. Members see the former version until it is published."))
        else:
            messages.success(request, gettext("The draft is kept. Members don't see it yet."))
    except DomainError as error:
        form.add_error(None, gettext(error.message))
        return None
    return redirect("desk_outlets", partner.slug)


def _close(request: DeskRequest, outlet: Outlet, *, is_active: bool) -> HttpResponse | None:
    partner, now, by_id = request.desk.partner, timezone.now(), request.user.pk
    try:
        kept = changes.draft(partner, kind=ChangeKind.OUTLET, values={"is_active": is_active}, by_id=by_id, now=now, outlet=outlet, send=True)
        if kept is not None:
            messages.success(request, gettext("Sent for review. Members see the former version until it is published."))
    except DomainError as error:
        messages.error(request, gettext(error.message))
        return None
    return redirect("desk_outlets", partner.slug)
