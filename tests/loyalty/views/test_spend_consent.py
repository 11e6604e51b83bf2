"""/spend/pending/ and /spend/<hold>/ : a till asks, the member answers."""

import uuid
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.enums import EntryKind, HoldState
from loyalty.models import Hold, Programme
from partners.models import Partner
from tests.factories.cabinet import make_login, signed_in
from tests.loyalty.views.pages import raw, text

TTL = timedelta(minutes=10)


@pytest.fixture
def hold(member: Member, bakery: Partner, programme: Programme, now: datetime) -> Hold:
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=1000, programme=programme, now=now, key=None)
    return ask(member, bakery, now)


def ask(member: Member, partner: Partner, now: datetime, points: int = 300) -> Hold:
    return ledger.place_hold(member_id=member.pk, points=points, ttl=TTL, now=now, partner_id=partner.pk, awaiting_member=True)


def state_of(hold: Hold) -> str:
    return Hold.objects.get(pk=hold.pk).state


def test_the_member_sees_who_asks_for_how_much_and_until_when(client: Client, hold: Hold) -> None:
    page = text(client.get(f"/spend/{hold.pk}/"))
    assert "Bakery" in page
    assert "300 points" in page
    assert "Discount ₽300" in page
    assert "Answer before 12:10" in page
    assert "Agree to the spend" in page
    assert "Decline" in page


def test_agreeing_lets_the_till_capture(client: Client, hold: Hold, now: datetime) -> None:
    page = client.post(f"/spend/{hold.pk}/", {"answer": "agree"}, follow=True)
    assert page.redirect_chain == [(f"/spend/{hold.pk}/", 302)]
    assert "You agreed. The till can finish the purchase now" in text(page)
    assert "The points are set aside until 12:10" in text(page)
    ledger.capture_hold(hold.pk, points=250, now=now)
    page = text(client.get(f"/spend/{hold.pk}/"))
    assert "Spent 250 points" in page
    assert "The rest is free again" in page
    assert "Agree to the spend" not in page


def test_declining_frees_the_points(client: Client, hold: Hold) -> None:
    page = text(client.post(f"/spend/{hold.pk}/", {"answer": "decline"}, follow=True))
    assert state_of(hold) == HoldState.RELEASED
    assert "You declined. The points are free again" in page
    assert "Nothing is spent" in page


def test_an_answer_twice_is_harmless(client: Client, hold: Hold) -> None:
    for _ in range(2):
        page = client.post(f"/spend/{hold.pk}/", {"answer": "agree"}, follow=True)
    assert "You agreed" in text(page)
    page = client.post(f"/spend/{hold.pk}/", {"answer": "decline"}, follow=True)
    assert "You have agreed already. Now only the till can cancel" in text(page)
    assert state_of(hold) == HoldState.ACTIVE


@pytest.mark.parametrize("answer", ["agree", "decline"])
def test_after_its_time_the_answer_is_refused_with_the_reason(client: Client, hold: Hold, now: datetime, answer: str) -> None:
    with time_machine.travel(now + TTL, tick=False):
        page = text(client.post(f"/spend/{hold.pk}/", {"answer": answer}, follow=True))
        assert "The time to answer has passed. The till can ask again" in page
        assert "It ran until 12:10, and nothing is spent" in page
        assert "Agree to the spend" not in page
    assert state_of(hold) == HoldState.AWAITING_MEMBER


def test_a_request_that_the_till_cancelled_says_so(client: Client, hold: Hold, now: datetime) -> None:
    ledger.release_hold(hold.pk, now=now)
    page = text(client.post(f"/spend/{hold.pk}/", {"answer": "agree"}, follow=True))
    assert "This request is over: it was declined or the till cancelled it" in page


@pytest.mark.parametrize("body", [{}, {"answer": ""}, {"answer": "AGREE"}, {"answer": "delete"}])
def test_an_answer_that_is_none_changes_nothing(client: Client, hold: Hold, body: dict[str, str]) -> None:
    assert client.post(f"/spend/{hold.pk}/", body).status_code == 302
    assert state_of(hold) == HoldState.AWAITING_MEMBER


def test_another_members_hold_is_unknown(hold: Hold) -> None:
    other = signed_in(make_login("boris@example.org"))
    for reply in (other.get(f"/spend/{hold.pk}/"), other.post(f"/spend/{hold.pk}/", {"answer": "agree"}), other.get(f"/spend/{uuid.uuid4()}/")):
        assert reply.status_code == 404
        assert "Bakery" not in text(reply)
    assert state_of(hold) == HoldState.AWAITING_MEMBER
    assert "Bakery" not in text(other.get("/spend/pending/"))


def test_a_visitor_has_to_log_in(visitor: Client, hold: Hold) -> None:
    for address in (f"/spend/{hold.pk}/", "/spend/pending/"):
        assert visitor.get(address)["Location"].startswith("/accounts/login/")
    assert visitor.post(f"/spend/{hold.pk}/", {"answer": "agree"}).status_code == 302
    assert state_of(hold) == HoldState.AWAITING_MEMBER


def test_an_answer_needs_the_forms_token(member: Member, hold: Hold) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = signed_in(member).cookies
    assert browser.post(f"/spend/{hold.pk}/", {"answer": "agree"}).status_code == 403
    assert state_of(hold) == HoldState.AWAITING_MEMBER


def test_other_methods_are_refused(client: Client, hold: Hold) -> None:
    assert client.put(f"/spend/{hold.pk}/").status_code == 405
    assert client.post("/spend/pending/").status_code == 405


def test_the_fragment_lists_exactly_what_waits(client: Client, member: Member, bakery: Partner, hold: Hold, now: datetime) -> None:
    agreed, declined = ask(member, bakery, now, 7), ask(member, bakery, now, 8)
    client.post(f"/spend/{agreed.pk}/", {"answer": "agree"})
    client.post(f"/spend/{declined.pk}/", {"answer": "decline"})
    fragment = client.get("/spend/pending/", headers={"HX-Request": "true"})
    assert text(fragment) == "Bakery asks to spend 300 points Answer before 12:10. Answer"
    assert raw(fragment).count('role="alert"') == 1
    assert f'href="/spend/{hold.pk}/"' in raw(fragment)
    with time_machine.travel(now + TTL, tick=False):
        assert text(client.get("/spend/pending/", headers={"HX-Request": "true"})) == ""


def test_the_page_without_scripts(client: Client, hold: Hold) -> None:
    assert "Bakery asks to spend 300 points" in text(client.get("/spend/pending/"))
    client.post(f"/spend/{hold.pk}/", {"answer": "decline"})
    page = text(client.get("/spend/pending/"))
    assert "A till's request will be here" in page
    assert "Look again" in page


def test_many_requests_cost_as_many_queries_as_one(client: Client, member: Member, bakery: Partner, hold: Hold, now: datetime) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/spend/pending/", headers={"HX-Request": "true"})
        return len(queries)

    one = cost()
    for points in range(1, 20):
        ask(member, bakery, now, points)
    assert cost() == one <= 6


def test_it_speaks_russian(member: Member, hold: Hold) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    browser = signed_in(member)
    assert "Bakery просит списать 300 баллов Ответьте до 12:10. Ответить" in text(browser.get("/spend/pending/"))
    assert "Скидка 300 ₽ Ответить до 12:10 Согласиться Отказаться" in text(browser.get(f"/spend/{hold.pk}/"))
