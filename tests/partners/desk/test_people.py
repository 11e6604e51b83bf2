"""Invitations, roles, leaving: what managers do, and what nobody can."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.domain import enrol
from accounts.models import User
from loyalty.lib.errors import DomainError
from partners.domain.desk import invitations, people
from partners.enums import DeskRole
from partners.models import Invitation, Partner, PartnerUser
from tests.factories.accounts import MemberFactory, UserFactory, sign_in
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner, make_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture
def manager(bakery: Partner) -> PartnerUser:
    return make_seat(bakery, DeskRole.MANAGER, email="boss@example.org")


def invite(manager: PartnerUser, email: str = "new@example.org", role: str = "editor") -> Any:
    return desk_client(manager).post("/desk/bakery/people/invite/", {"email": email, "role": role})


def link() -> str:
    """The path of the link in the last mail."""
    found = re.search(r"https?://[^/\s]+(/invitations/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def code() -> str:
    found = re.search(r"\b(\d{6})\b", str(mail.outbox[-1].body))
    assert found
    return found[1]


def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def take(path: str, client: Client | None = None) -> tuple[Client, Any]:
    """Go through the pages of an invitation without a log-in."""
    client = client or visitor()
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == f"{path}code/"
    return client, client.post(f"{path}code/", {"code": code(), "action": "verify"})


def test_an_invited_person_without_a_log_in_gets_one_and_the_seat(manager: PartnerUser) -> None:
    assert invite(manager)["Location"] == "/desk/bakery/people/"
    assert mail.outbox[-1].to == ["new@example.org"]
    client, answer = take(link())
    assert answer["Location"] == "/desk/bakery/"
    user = User.objects.get(email="new@example.org")
    assert EmailAddress.objects.get(user=user).verified
    assert PartnerUser.objects.get(user=user).role == DeskRole.EDITOR
    assert client.get("/desk/bakery/").status_code == 200


def test_the_link_works_once(manager: PartnerUser) -> None:
    invite(manager)
    path = link()
    take(path)
    assert visitor().get(path).status_code == 410
    assert visitor().post(path).status_code == 410
    assert PartnerUser.objects.count() == 2


def test_somebody_with_a_log_in_keeps_it(manager: PartnerUser) -> None:
    member = MemberFactory(with_login=True)
    invite(manager, member.user.email)
    take(link())
    assert User.objects.filter(email=member.user.email).count() == 1
    assert people.has_desk(member.user_id)


def test_whoever_is_logged_in_with_the_address_accepts_with_one_tap(manager: PartnerUser, client: Client) -> None:
    member = MemberFactory(with_login=True)
    invite(manager, member.user.email)
    sign_in(client, member)
    sent = len(mail.outbox)
    assert client.post(link())["Location"] == "/desk/bakery/"
    assert len(mail.outbox) == sent


def test_another_log_in_cannot_take_the_seat(manager: PartnerUser, client: Client) -> None:
    invite(manager)
    path = link()
    sign_in(client, MemberFactory(with_login=True))
    assert "Accept the invitation" not in client.get(path, headers={"accept-language": "en"}).content.decode()
    client.post(path)
    client.post(f"{path}code/", {"code": "123456", "action": "verify"})
    assert PartnerUser.objects.count() == 1
    assert visitor().get(path).status_code == 200


def test_the_link_alone_gives_nothing_without_the_code(manager: PartnerUser) -> None:
    invite(manager)
    path = link()
    client = visitor()
    client.post(path)
    right = code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _turn in range(5):
        client.post(f"{path}code/", {"code": wrong, "action": "verify"})
    assert client.post(f"{path}code/", {"code": right, "action": "verify"})["Location"] == path
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_code_of_one_invitation_opens_no_other(manager: PartnerUser) -> None:
    invite(manager, "one@example.org")
    first = link()
    invite(manager, "two@example.org")
    second = link()
    client = visitor()
    client.post(first)
    client.post(f"{second}code/", {"code": code(), "action": "verify"})
    assert PartnerUser.objects.count() == 1


def test_an_expired_invitation_is_void(manager: PartnerUser) -> None:
    invite(manager)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = visitor().get(link())
    assert response.status_code == 410
    assert "The time for this invitation is over" in response.content.decode()


def test_a_withdrawn_invitation_is_void(manager: PartnerUser) -> None:
    invite(manager)
    path = link()
    desk_client(manager).post(f"/desk/bakery/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert "was withdrawn" in visitor().get(path).content.decode()


def test_a_second_invitation_makes_the_first_link_void(manager: PartnerUser) -> None:
    invite(manager)
    first = link()
    invite(manager, role="viewer")
    assert visitor().get(first).status_code == 410
    take(link())
    assert PartnerUser.objects.get(user__email="new@example.org").role == DeskRole.VIEWER


@pytest.mark.parametrize("path", ["/invitations/x/", "/invitations/InYi:1abc:xyz/", "/invitations/x/code/"])
def test_a_made_up_link_is_nothing(path: str, bakery: Partner) -> None:
    assert visitor().get(path).status_code == 404


def test_an_invitation_wins_over_an_unfinished_sign_up(manager: PartnerUser) -> None:
    enrol.begin(phone="+79005550011", email="new@example.org", language="en", now=timezone.now())
    invite(manager)
    take(link())
    assert User.objects.get(email="new@example.org").phone is None


def test_a_closed_log_in_stays_closed(manager: PartnerUser) -> None:
    UserFactory(email="new@example.org", is_active=False)
    invite(manager)
    _client, answer = take(link())
    assert answer["Location"] == "/accounts/login/"
    assert PartnerUser.objects.count() == 1


def test_who_is_at_the_desk_is_not_invited_again(manager: PartnerUser) -> None:
    response = invite(manager, "BOSS@example.org")
    assert "at the desk already" in response.content.decode()
    assert mail.outbox == []


def test_invitations_are_limited_by_address_and_by_desk(manager: PartnerUser) -> None:
    for _turn in range(3):
        invite(manager)
    assert "Too many invitations" in invite(manager).content.decode()
    for number in range(16):
        invite(manager, f"person{number}@example.org")
    assert "Too many invitations" in invite(manager, "last@example.org").content.decode()
    assert len(mail.outbox) == 19


def test_an_accepted_invitation_never_lowers_a_role(bakery: Partner, manager: PartnerUser) -> None:
    now = timezone.now()
    user = UserFactory(email="two@example.org")
    for role, expected in ((DeskRole.EDITOR, "editor"), (DeskRole.VIEWER, "editor"), (DeskRole.MANAGER, "manager")):
        invitation = Invitation.objects.create(partner=bakery, email="two@example.org", role=role, expires_at=now + timedelta(days=1))
        assert invitations.accept(invitation, user=user, now=now).role == expected


def test_roles_change_and_people_leave(bakery: Partner, manager: PartnerUser) -> None:
    other = make_seat(bakery, DeskRole.VIEWER)
    client = desk_client(manager)
    client.post(f"/desk/bakery/people/{other.pk}/", {"action": "role", "role": "editor"})
    other.refresh_from_db()
    assert other.role == DeskRole.EDITOR
    theirs = desk_client(other)
    assert theirs.get("/desk/bakery/").status_code == 200
    client.post(f"/desk/bakery/people/{other.pk}/", {"action": "remove"})
    assert theirs.get("/desk/bakery/").status_code == 404
    assert User.objects.filter(pk=other.user_id).exists()


def test_the_last_manager_stays(bakery: Partner, manager: PartnerUser) -> None:
    closed = make_seat(bakery, DeskRole.MANAGER)
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    client = desk_client(manager)
    for fields in ({"action": "remove"}, {"action": "role", "role": "viewer"}):
        response = client.post(f"/desk/bakery/people/{manager.pk}/", fields, follow=True)
        assert "A desk needs a manager" in response.content.decode()
    make_seat(bakery, DeskRole.MANAGER)
    assert client.post(f"/desk/bakery/people/{manager.pk}/", {"action": "remove"})["Location"] == "/desk/"
    with pytest.raises(DomainError, match="left the desk meanwhile"):
        people.remove(manager)


def test_only_managers_invite_and_change(bakery: Partner, manager: PartnerUser) -> None:
    invitation = Invitation.objects.create(partner=bakery, email="x@example.org", expires_at=timezone.now() + timedelta(days=1))
    for role in (DeskRole.VIEWER, DeskRole.EDITOR):
        client = desk_client(make_seat(bakery, role))
        assert "x@example.org" not in client.get("/desk/bakery/people/").content.decode()
        assert client.post("/desk/bakery/people/invite/", {"email": "y@example.org", "role": "manager"}).status_code == 403
        assert client.post(f"/desk/bakery/people/{manager.pk}/", {"action": "remove"}).status_code == 403
        assert client.post(f"/desk/bakery/invitations/{invitation.pk}/withdraw/").status_code == 403


def test_another_partners_people_and_invitations_do_not_exist(bakery: Partner, manager: PartnerUser) -> None:
    cheese = make_partner("cheese")
    foreign = make_seat(cheese, DeskRole.MANAGER)
    invitation = Invitation.objects.create(partner=cheese, email="x@example.org", expires_at=timezone.now() + timedelta(days=1))
    client = desk_client(manager)
    assert client.get(f"/desk/bakery/people/{foreign.pk}/").status_code == 404
    assert client.post(f"/desk/bakery/people/{foreign.pk}/", {"action": "remove"}).status_code == 404
    assert client.post(f"/desk/bakery/invitations/{invitation.pk}/withdraw/").status_code == 404
    page = client.get("/desk/bakery/people/").content.decode()
    assert foreign.user.email not in page
    assert "x@example.org" not in page


def test_everything_is_in_the_audit_log_without_contacts(bakery: Partner, manager: PartnerUser) -> None:
    other = make_seat(bakery, DeskRole.VIEWER)
    LogEntry.objects.all().delete()
    invite(manager)
    client = desk_client(manager)
    client.post(f"/desk/bakery/people/{other.pk}/", {"action": "role", "role": "editor"})
    client.post(f"/desk/bakery/people/{other.pk}/", {"action": "remove"})
    rows = LogEntry.objects.filter(content_type__app_label="partners").order_by("pk")
    assert [(row.content_type.model, row.action, row.actor_id) for row in rows] == [
        ("invitation", LogEntry.Action.CREATE, manager.user_id),
        ("partneruser", LogEntry.Action.UPDATE, manager.user_id),
        ("partneruser", LogEntry.Action.DELETE, manager.user_id),
    ]
    assert all("new@example.org" not in str(row.changes) for row in rows)


def test_the_list_costs_the_same_with_many(bakery: Partner, manager: PartnerUser, django_assert_max_num_queries: Any) -> None:
    client = desk_client(manager)
    client.get("/desk/bakery/people/")
    for number in range(12):
        make_seat(bakery, DeskRole.VIEWER)
        Invitation.objects.create(partner=bakery, email=f"x{number}@example.org", expires_at=timezone.now())
    with django_assert_max_num_queries(8):
        client.get("/desk/bakery/people/")
