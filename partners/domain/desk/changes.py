"""Changes of a listing: drafted at the partner's desk, sent for review, published or rejected by the operator.

Whoever writes locks the partner's row first: what is compared with what is published can't change under the comparison.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from loyalty.lib import translation
from loyalty.lib.errors import DomainError
from partners.domain import listing, search
from partners.models import ChangeKind, ChangeState, ListingChange, Outlet, Partner

LISTING_FIELDS = (*(column for text in listing.TEXTS for column in translation.columns(text)), "logo", "photos")
OUTLET_FIELDS = ("name", "address", "city", "country", "lat", "lng", "timezone", "phone", "hours", "is_active")
NEW_OUTLET_FIELDS = ("external_id", *OUTLET_FIELDS)
_REASON_LENGTH = 500


def open_change(partner_id: int, *, outlet_id: int | None = None) -> ListingChange | None:
    """The draft or waiting change of a partner's listing, or of one outlet."""
    kind = ChangeKind.OUTLET if outlet_id else ChangeKind.LISTING
    return _open().filter(partner_id=partner_id, outlet=outlet_id, kind=kind).first()


def open_changes(partner_id: int) -> QuerySet[ListingChange]:
    """All drafts and waiting changes of a partner, the newest first, with their outlets."""
    return _open().filter(partner_id=partner_id).select_related("outlet").order_by("-pk")


def waiting() -> QuerySet[ListingChange]:
    """What waits for review, the longest waiting first."""
    return ListingChange.objects.filter(state=ChangeState.WAITING).select_related("partner", "outlet", "submitted_by").order_by("submitted_at", "pk")


def present(kind: str, *, partner: Partner, outlet: Outlet | None) -> dict[str, Any]:
    """The published values by field; none for an outlet that is still to come."""
    if kind == ChangeKind.LISTING:
        return {name: getattr(partner, name) for name in LISTING_FIELDS}
    if kind == ChangeKind.OUTLET:
        assert outlet is not None
        return {name: getattr(outlet, name) for name in OUTLET_FIELDS}
    return {}


def draft(
    partner: Partner,
    *,
    kind: ChangeKind,
    values: Mapping[str, Any],
    by_id: int | None,
    now: datetime,
    outlet: Outlet | None = None,
    change_id: int | None = None,
    send: bool = False,
) -> ListingChange | None:
    """Keep proposed values in the open draft, or begin one. What is published already drops out; None if nothing is left.

    `send` sends it for review at once. `change_id` names the draft of a new outlet that goes on. Raises DomainError: change_waiting, change_settled.
    """
    with transaction.atomic():
        partner, outlet = _lock(partner.pk, outlet.pk if outlet else None)
        change = _draft_of(partner, kind, outlet, change_id)
        published = present(kind, partner=partner, outlet=outlet)
        merged = {**(change.proposed if change else {}), **values}
        proposed = {name: value for name, value in merged.items() if name not in published or published[name] != value}
        if not proposed:
            if change is not None:
                change.delete()
            return None
        if change is None:
            change = ListingChange(partner=partner, kind=kind, outlet=outlet, created_at=now, created_by_id=by_id)
        change.base = {name: published[name] for name in proposed if name in published}
        change.proposed = proposed
        if send:
            change.state, change.submitted_at, change.submitted_by_id = ChangeState.WAITING, now, by_id
        change.save()
        return change


def submit(change: ListingChange, *, by_id: int | None, now: datetime) -> ListingChange:
    """Send a draft for review; from now on it doesn't change. Raises DomainError: change_settled, base_changed."""
    with transaction.atomic():
        change = _locked(change)
        _expect(change, ChangeState.DRAFT)
        _refuse_outdated(change)
        change.state, change.submitted_at, change.submitted_by_id = ChangeState.WAITING, now, by_id
        change.save(update_fields=["state", "submitted_at", "submitted_by"])
    return change


def approve(change: ListingChange, *, by_id: int | None, now: datetime) -> ListingChange:
    """Publish a waiting change: all of it or nothing. Raises DomainError: change_settled, base_changed, bad_values."""
    with transaction.atomic():
        change = _locked(change)
        _expect(change, ChangeState.WAITING)
        _refuse_outdated(change)
        _apply(change)
        change.state, change.decided_at, change.decided_by_id = ChangeState.APPROVED, now, by_id
        change.save(update_fields=["state", "decided_at", "decided_by", "outlet"])
        search.refresh(partner_ids=[change.partner_id])
    return change


def reject(change: ListingChange, *, reason: str, by_id: int | None, now: datetime) -> ListingChange:
    """Send a waiting change back with a reason, which the partner reads. Raises DomainError: change_settled, bad_reason."""
    if not reason.strip() or len(reason) > _REASON_LENGTH:
        raise DomainError("bad_reason", _("Say in up to 500 characters why: the partner reads it."))
    with transaction.atomic():
        change = _locked(change)
        _expect(change, ChangeState.WAITING)
        change.state, change.reason, change.decided_at, change.decided_by_id = ChangeState.REJECTED, reason.strip(), now, by_id
        change.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    return change


def withdraw(change: ListingChange, *, by_id: int | None, now: datetime) -> ListingChange:
    """Take a draft or a waiting change back. Raises DomainError change_settled."""
    with transaction.atomic():
        change = _locked(change)
        _expect(change, ChangeState.DRAFT, ChangeState.WAITING)
        change.state, change.decided_at, change.decided_by_id = ChangeState.WITHDRAWN, now, by_id
        change.save(update_fields=["state", "decided_at", "decided_by"])
    return change


def take_up(change: ListingChange, *, by_id: int | None, now: datetime) -> ListingChange | None:
    """Begin a new draft with what was rejected or withdrawn. Raises DomainError: change_open, change_waiting, change_settled."""
    if ChangeState(change.state).is_open or change.state == ChangeState.APPROVED:
        raise DomainError("change_open", _("Only what was rejected or withdrawn can be taken up again."))
    kind = ChangeKind(change.kind)
    return draft(change.partner, kind=kind, values=change.proposed, by_id=by_id, now=now, outlet=change.outlet)


def is_outdated(change: ListingChange) -> bool:
    """Whether something that the change touches was published otherwise since it was drafted."""
    published = present(change.kind, partner=change.partner, outlet=change.outlet)
    return any(published.get(name) != value for name, value in change.base.items())


def _open() -> QuerySet[ListingChange]:
    return ListingChange.objects.filter(state__in=[ChangeState.DRAFT, ChangeState.WAITING])


def _lock(partner_id: int, outlet_id: int | None) -> tuple[Partner, Outlet | None]:
    # The partner first, then the outlet: everybody in this order.
    partner = Partner.objects.select_for_update().get(pk=partner_id)
    outlet = Outlet.objects.select_for_update().get(pk=outlet_id, partner=partner) if outlet_id else None
    return partner, outlet


def _locked(change: ListingChange) -> ListingChange:
    partner, outlet = _lock(change.partner_id, change.outlet_id)
    found = ListingChange.objects.select_for_update().filter(pk=change.pk).first()
    if found is None:
        raise DomainError("change_settled", _("There is no such change any more."))
    found.partner, found.outlet = partner, outlet
    return found


def _draft_of(partner: Partner, kind: ChangeKind, outlet: Outlet | None, change_id: int | None) -> ListingChange | None:
    """The draft to go on with, None to begin one."""
    if kind == ChangeKind.NEW_OUTLET:
        if change_id is None:
            return None
        change = ListingChange.objects.filter(pk=change_id, partner=partner, kind=kind).first()
        if change is None:
            raise DomainError("change_settled", _("There is no such change any more."))
    else:
        change = open_change(partner.pk, outlet_id=outlet.pk if outlet else None)
    if change is not None and change.state == ChangeState.WAITING:
        raise DomainError("change_waiting", _("Changes are being reviewed. Withdraw them to change more."))
    if change is not None:
        _expect(change, ChangeState.DRAFT)
    return change


def _expect(change: ListingChange, *states: ChangeState) -> None:
    if change.state not in states:
        words = ChangeState(change.state).label
        raise DomainError("change_settled", _("This change is settled meanwhile. Open the page again."), state=str(words))


def _refuse_outdated(change: ListingChange) -> None:
    if is_outdated(change):
        raise DomainError("base_changed", _("What is published was changed meanwhile. The partner has to look at it and send the changes again."))


def _apply(change: ListingChange) -> None:
    """Write the proposed values into the published row. Must run in a transaction, with the rows locked."""
    if change.kind == ChangeKind.NEW_OUTLET:
        values = {name: value for name, value in change.proposed.items() if name in NEW_OUTLET_FIELDS}
        values["external_id"] = values.get("external_id") or f"desk-{change.pk}"
        row: Partner | Outlet = Outlet(partner=change.partner, **values)
    else:
        fields = LISTING_FIELDS if change.kind == ChangeKind.LISTING else OUTLET_FIELDS
        values = {name: value for name, value in change.proposed.items() if name in fields}
        row = change.outlet if change.outlet is not None else change.partner
        for name, value in values.items():
            setattr(row, name, value)
    try:
        row.full_clean(exclude=[field.name for field in row._meta.fields if field.name not in values])
        row.validate_constraints()
    except ValidationError as error:
        raise DomainError("bad_values", _("The change can't be published: %(why)s"), why=" ".join(error.messages)) from None
    if row._state.adding:
        row.save()
        assert isinstance(row, Outlet)
        change.outlet = row
    else:
        row.save(update_fields=list(values))
