"""/desk/<slug>/listing/: the listing as members see it, its texts and pictures, the changes under review."""

import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.lib.errors import DomainError
from partners.domain import listing
from partners.domain.desk import changes
from partners.enums import DeskRole
from partners.models import ChangeKind, ChangeState, ListingChange, Partner
from partners.views.desk.access import DeskRequest, desk_page, render_desk
from partners.views.desk.listing_forms import ListingForm
from partners.views.differences import rows

_SHOWN = 20


@require_safe
@desk_page()
def index(request: DeskRequest) -> HttpResponse:
    """What members see now, what waits, and what became of earlier changes."""
    partner = request.desk.partner
    settled = ListingChange.objects.filter(partner=partner).exclude(state__in=[ChangeState.DRAFT, ChangeState.WAITING])
    context = {
        "listing": listing.read(partner),
        "open_changes": changes.open_changes(partner.pk),
        "settled": settled.select_related("outlet")[:_SHOWN],
        "outlet_count": partner.outlets.filter(is_active=True).count(),
    }
    return render_desk(request, "desk/listing.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.EDITOR)
def edit(request: DeskRequest) -> HttpResponse:
    """Texts and pictures: kept as a draft, or sent for review."""
    partner = request.desk.partner
    change = changes.open_change(partner.pk)
    if change is not None and change.state == ChangeState.WAITING:
        if request.method == "POST":
            messages.error(request, gettext("Changes are being reviewed. Withdraw them to change more."))
        return redirect("desk_change", partner.slug, change.pk)
    values = {**changes.present(ChangeKind.LISTING, partner=partner, outlet=None), **(change.proposed if change else {})}
    form = ListingForm(request.POST or None, request.FILES or None, partner=partner, values=values)
    if request.method == "POST" and form.is_valid() and (answer := _keep(request, form)):
        return answer
    context = {
        "form": form,
        "change": change,
        "rows": rows(change) if change else [],
        "proposed": listing.read(_as_proposed(partner, values)),
        "most_photos": listing.MOST_PHOTOS,
    }
    return render_desk(request, "desk/listing_edit.html", context)


@require_safe
@desk_page()
def change(request: DeskRequest, pk: int) -> HttpResponse:
    """One change: what it would change, its state, the reason; editors withdraw it or take it up again."""
    found = get_object_or_404(ListingChange.objects.select_related("partner", "outlet"), pk=pk, partner=request.desk.partner)
    context = {"change": found, "rows": rows(found), "outdated": ChangeState(found.state).is_open and changes.is_outdated(found)}
    return render_desk(request, "desk/change.html", context)


@require_POST
@desk_page(DeskRole.EDITOR)
def settle(request: DeskRequest, pk: int) -> HttpResponse:
    """Withdraw a change, send a draft for review, or take a settled one up again."""
    slug = request.desk.partner.slug
    found = get_object_or_404(ListingChange.objects.select_related("partner", "outlet"), pk=pk, partner=request.desk.partner)
    try:
        return _settle(request, found)
    except DomainError as error:
        messages.error(request, gettext(error.message))
    return redirect("desk_change", slug, pk)


@require_POST
@desk_page(DeskRole.EDITOR)
def confirm(request: DeskRequest) -> HttpResponse:
    """The listing is right as it stands."""
    listing.confirm(request.desk.partner, now=timezone.now())
    messages.success(request, gettext("Thank you: members see that the listing is up to date."))
    return redirect("desk_overview", request.desk.partner.slug)


def _keep(request: DeskRequest, form: ListingForm) -> HttpResponse | None:
    partner, now = request.desk.partner, timezone.now()
    try:
        send = request.POST.get("action") == "submit"
        kept = changes.draft(partner, kind=ChangeKind.LISTING, values=form.values(), by_id=request.user.pk, now=now, send=send)
        if kept is None:
            messages.info(request, gettext("Nothing differs from what is published."))
        elif send:
            messages.success(request, gettext("Sent for review. Members see the former version until it is published."))
            return redirect("desk_listing", partner.slug)
        else:
            messages.success(request, gettext("The draft is kept. Members don't see it yet."))
    except DomainError as error:
        form.add_error(None, gettext(error.message))
        return None
    return redirect("desk_listing_edit", partner.slug)


def _settle(request: DeskRequest, found: ListingChange) -> HttpResponse:
    slug, by_id, now, action = request.desk.partner.slug, request.user.pk, timezone.now(), request.POST.get("action")
    if action == "submit":
        changes.submit(found, by_id=by_id, now=now)
        messages.success(request, gettext("Sent for review. Members see the former version until it is published."))
        return redirect("desk_listing", slug)
    if action == "take_up":
        again = changes.take_up(found, by_id=by_id, now=now)
        if again is None:
            messages.info(request, gettext("Nothing differs from what is published."))
            return redirect("desk_listing", slug)
        return to_edit(again)
    changes.withdraw(found, by_id=by_id, now=now)
    messages.success(request, gettext("The changes were withdrawn."))
    return redirect("desk_change", slug, found.pk)


def to_edit(draft: ListingChange) -> HttpResponse:
    """The form in which a draft goes on."""
    slug = draft.partner.slug
    if draft.kind == ChangeKind.OUTLET:
        return redirect("desk_outlet", slug, draft.outlet_id)
    if draft.kind == ChangeKind.NEW_OUTLET:
        return redirect("desk_outlet_draft", slug, draft.pk)
    return redirect("desk_listing_edit", slug)


def _as_proposed(partner: Partner, values: dict[str, Any]) -> Partner:
    """The partner as it would be, for a preview; never saved."""
    other = copy.copy(partner)
    for name, value in values.items():
        setattr(other, name, value)
    return other
