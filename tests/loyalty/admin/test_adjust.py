"""Adjusting points: with a reason, within a limit, once however often it is sent."""

import uuid
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member, User
from loyalty.domain.ledger import member_balance
from loyalty.domain.programme import ADMINISTRATOR, CATALOGUE_EDITOR, FINANCE, MARKETING, SUPPORT
from loyalty.enums import EntryKind
from loyalty.models import Entry, Programme
from tests.factories.loyalty import make_programme
from tests.factories.staff import make_staff, staff_client, superuser_client


def adjust(client: Client, member: Member, points: Any, *, reason: str = "A till was down", token: object = None, confirmed: bool = True) -> HttpResponse:
    form = {"points": points, "reason": reason, "token": token or uuid.uuid4(), **({"confirmed": "1"} if confirmed else {})}
    return client.post(reverse("admin:accounts_member_adjust", args=[member.pk]), form)  # type: ignore[return-value]


def adjustments() -> list[tuple[int, str]]:
    return list(Entry.objects.filter(kind=EntryKind.ADJUSTMENT).order_by("pk").values_list("points", "reason"))


def available(member: Member, programme: Programme) -> int:
    return member_balance(member.pk, programme=programme, at=timezone.now()).available


def test_the_form_asks_to_confirm_and_then_posts_with_actor_and_audit(anna: Member, programme: Programme) -> None:
    client = staff_client(SUPPORT)
    token = uuid.uuid4()
    asked = adjust(client, anna, 100, token=token, confirmed=False)
    assert "Post the adjustment" in asked.content.decode()
    assert "400" in asked.content.decode()
    assert adjustments() == []
    assert adjust(client, anna, 100, token=token).status_code == 302
    entry = Entry.objects.get(kind=EntryKind.ADJUSTMENT)
    support = User.objects.get(email="support@example.org")
    assert (entry.points, entry.reason, entry.actor, entry.member) == (100, "A till was down", support, anna)
    line = LogEntry.objects.get(content_type__model="entry")
    assert (line.actor, line.object_id) == (support, entry.pk)
    assert line.changes["points"][1] == "+100"
    assert line.changes["reason"][1] == "A till was down"
    assert available(anna, programme) == 400


def test_a_double_click_posts_once(anna: Member) -> None:
    client = staff_client(SUPPORT)
    token = uuid.uuid4()
    assert [adjust(client, anna, 100, token=token).status_code for _ in range(3)] == [302, 302, 302]
    assert adjustments() == [(100, "A till was down")]
    assert LogEntry.objects.filter(content_type__model="entry").count() == 1


def test_a_sent_form_with_other_values_is_refused(anna: Member) -> None:
    client = staff_client(SUPPORT)
    token = uuid.uuid4()
    adjust(client, anna, 100, token=token)
    assert "sent already, with other values" in adjust(client, anna, 200, token=token).content.decode()
    assert adjustments() == [(100, "A till was down")]


def test_points_can_be_taken_but_not_below_zero(anna: Member, programme: Programme) -> None:
    client = staff_client(SUPPORT)
    assert "has only 300" in adjust(client, anna, -301).content.decode()
    assert adjust(client, anna, -300).status_code == 302
    assert available(anna, programme) == 0
    assert adjustments() == [(-300, "A till was down")]


def test_the_daily_limit_counts_what_was_given_and_taken(anna: Member) -> None:
    make_programme(support_daily_limit=250)
    client = staff_client(SUPPORT)
    adjust(client, anna, 100)
    adjust(client, anna, -100)
    assert "50\u00a0points are left" in adjust(client, anna, 51).content.decode()
    assert adjust(client, anna, 50).status_code == 302
    assert [points for points, _reason in adjustments()] == [100, -100, 50]


def test_the_limit_is_each_persons_own_and_not_the_administrators(anna: Member) -> None:
    make_programme(support_daily_limit=100)
    for client, points in ((staff_client(SUPPORT), 100), (staff_client(SUPPORT, "other@example.org"), 100), (staff_client(), 5000)):
        assert adjust(client, anna, points).status_code == 302
    assert adjust(superuser_client(), anna, 7000).status_code == 302


@pytest.mark.parametrize(("points", "reason"), [(0, "x"), ("", "x"), ("ten", "x"), (10, ""), (10, "   "), (10, "x" * 301), (10**7, "x")])
def test_bad_values_post_nothing(anna: Member, points: Any, reason: str) -> None:
    response = adjust(staff_client(SUPPORT), anna, points, reason=reason)
    assert response.status_code == 200
    assert adjustments() == []


@pytest.mark.parametrize("role", [CATALOGUE_EDITOR, MARKETING, FINANCE])
def test_other_roles_may_not(anna: Member, role: str) -> None:
    assert adjust(staff_client(role), anna, 10).status_code == 403
    assert adjustments() == []


def test_visitors_and_members_may_not(anna: Member, client: Client) -> None:
    assert adjust(client, anna, 10).status_code == 302
    client.force_login(anna.user)
    assert adjust(client, anna, 10).status_code == 302
    assert adjustments() == []


def test_nobody_adjusts_their_own_points(anna: Member, client: Client) -> None:
    assert anna.user is not None
    anna.user.is_staff = True
    anna.user.save(update_fields=["is_staff"])
    anna.user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    client.force_login(anna.user)
    assert adjust(client, anna, 100).status_code == 200
    assert adjustments() == []


def test_an_unknown_member_is_404(programme: Programme) -> None:
    client = staff_client(SUPPORT)
    assert client.get("/admin/accounts/member/999/adjust/").status_code == 404
    assert client.get("/admin/accounts/member/x/adjust/").status_code == 404


def test_the_page_tells_what_is_left_today(anna: Member) -> None:
    make_programme(support_daily_limit=250)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_staff(SUPPORT))
    adjust(client, anna, 100)
    page = client.get(reverse("admin:accounts_member_adjust", args=[anna.pk])).content.decode()
    assert "Left: 150\u00a0points" in page
