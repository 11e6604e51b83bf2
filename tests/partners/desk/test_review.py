"""Moderation in the admin: side by side, published or sent back; and the reminders to confirm."""

from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.utils import timezone

from loyalty.domain import programme
from partners.domain import changes
from partners.enums import DeskRole
from partners.models import ChangeKind, ChangeState, ListingChange, Partner, PartnerUser
from partners.tasks import remind_to_confirm
from tests.factories.desk import make_seat
from tests.factories.loyalty import make_partner, make_programme
from tests.factories.partners import make_outlet
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db
LIST = "/admin/partners/listingchange/"


@pytest.fixture
def seat() -> PartnerUser:
    make_programme()
    return make_seat(make_partner("bakery"), DeskRole.EDITOR, email="editor@example.org")


def sent(seat: PartnerUser, **values: Any) -> ListingChange:
    change = changes.draft(seat.partner, kind=ChangeKind.LISTING, values=values, by_id=seat.user_id, now=timezone.now(), send=True)
    assert change
    return change


def page_of(change: ListingChange) -> str:
    return f"{LIST}{change.pk}/change/"


def test_the_editor_of_the_catalogue_publishes(seat: PartnerUser) -> None:
    change = sent(seat, description="Fresh bread.")
    client = staff_client(programme.CATALOGUE_EDITOR)
    page = client.get(page_of(change)).content.decode()
    assert "<ins>Fresh bread.</ins>" in page
    assert client.post(page_of(change), {"action": "approve"})["Location"] == LIST
    seat.partner.refresh_from_db()
    assert seat.partner.description == "Fresh bread."
    assert mail.outbox[-1].to == ["editor@example.org"]
    assert "published" in mail.outbox[-1].subject
    assert f"/desk/bakery/listing/changes/{change.pk}/" in mail.outbox[-1].body


def test_a_rejection_needs_a_reason_and_tells_it(seat: PartnerUser) -> None:
    change = sent(seat, description="BREAD")
    client = staff_client(programme.CATALOGUE_EDITOR)
    assert "the partner reads it" in client.post(page_of(change), {"action": "reject"}).content.decode()
    client.post(page_of(change), {"action": "reject", "reason": "Not in capitals."})
    change.refresh_from_db()
    assert (change.state, change.reason) == (ChangeState.REJECTED, "Not in capitals.")
    assert "Not in capitals." in mail.outbox[-1].body


def test_an_outdated_change_is_not_published(seat: PartnerUser) -> None:
    change = sent(seat, description="Fresh bread.")
    Partner.objects.update(description="Other words.")
    client = staff_client(programme.CATALOGUE_EDITOR)
    assert "can't be published any more" in client.get(page_of(change)).content.decode()
    assert "was changed meanwhile" in client.post(page_of(change), {"action": "approve"}).content.decode()
    assert Partner.objects.get().description == "Other words."
    assert mail.outbox == []


def test_publishing_twice_is_refused(seat: PartnerUser) -> None:
    change = sent(seat, description="Fresh bread.")
    client = staff_client(programme.CATALOGUE_EDITOR)
    client.post(page_of(change), {"action": "approve"})
    assert client.post(page_of(change), {"action": "approve"}).status_code == 200
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("role", [programme.SUPPORT, programme.MARKETING, programme.FINANCE])
def test_other_roles_do_not_review(seat: PartnerUser, role: str) -> None:
    change = sent(seat, description="Fresh bread.")
    client = staff_client(role)
    assert client.get(page_of(change)).status_code == 403
    assert client.post(page_of(change), {"action": "approve"}).status_code == 403
    assert client.get(LIST).status_code == 403


def test_drafts_are_the_partners_own(seat: PartnerUser) -> None:
    change = changes.draft(seat.partner, kind=ChangeKind.LISTING, values={"description": "Not yet"}, by_id=None, now=timezone.now())
    assert change
    client = staff_client()
    assert client.get(page_of(change)).status_code == 404
    assert client.post(page_of(change), {"action": "approve"}).status_code == 404
    assert f"/{change.pk}/change/" not in client.get(LIST).content.decode()


def test_what_has_waited_longest_comes_first(seat: PartnerUser) -> None:
    first = sent(seat, description="Fresh bread.")
    other = make_seat(make_partner("cheese"))
    second = sent(other, description="Old cheese.")
    settled = changes.withdraw(sent(make_seat(make_partner("wine")), description="Red."), by_id=None, now=timezone.now())
    ListingChange.objects.filter(pk=second.pk).update(submitted_at=timezone.now() - timedelta(days=3))
    page = staff_client().get(LIST).content.decode()
    places = [page.index(f"/{change.pk}/change/") for change in (second, first, settled)]
    assert places == sorted(places)


def test_the_list_costs_the_same_with_many(seat: PartnerUser, django_assert_max_num_queries: Any) -> None:
    client = staff_client()
    for number in range(12):
        outlet = make_outlet(seat.partner, str(number))
        changes.draft(seat.partner, kind=ChangeKind.OUTLET, values={"name": f"N {number}"}, by_id=seat.user_id, now=timezone.now(), outlet=outlet, send=True)
    client.get(LIST)
    with django_assert_max_num_queries(13):
        client.get(LIST)


def test_the_audit_log_knows_who_published_what(seat: PartnerUser) -> None:
    change = sent(seat, description="Fresh bread.")
    LogEntry.objects.all().delete()
    staff_client(programme.CATALOGUE_EDITOR).post(page_of(change), {"action": "approve"})
    rows = {row.content_type.model: row for row in LogEntry.objects.filter(content_type__app_label="partners").select_related("content_type", "actor")}
    assert rows["partner"].changes["description"] == ["", "Fresh bread."]
    assert rows["listingchange"].changes["state"] == ["waiting", "approved"]
    assert {row.actor.email for row in rows.values()} == {"catalogue-editor@example.org"}


def test_staff_invite_a_partners_first_manager(django_capture_on_commit_callbacks: Any) -> None:
    make_programme()
    partner = make_partner("bakery")
    with django_capture_on_commit_callbacks(execute=True):
        staff_client().post("/admin/partners/invitation/add/", {"partner": partner.pk, "email": "Boss@Example.org", "role": "manager"})
    assert mail.outbox[-1].to == ["boss@example.org"]
    assert "/invitations/" in mail.outbox[-1].body


def test_reminders_go_to_editors_and_managers_once(seat: PartnerUser) -> None:
    make_seat(seat.partner, DeskRole.VIEWER, email="viewer@example.org")
    make_seat(seat.partner, DeskRole.MANAGER, email="boss@example.org")
    closed = make_seat(seat.partner, DeskRole.MANAGER, email="gone@example.org")
    closed.user.is_active = False
    closed.user.save(update_fields=["is_active"])
    Partner.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert remind_to_confirm() == {"partners": 1, "mails": 2}
    assert sorted(message.to[0] for message in mail.outbox) == ["boss@example.org", "editor@example.org"]
    assert "/desk/bakery/" in mail.outbox[0].body
    assert remind_to_confirm() == {"partners": 0, "mails": 0}
