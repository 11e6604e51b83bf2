"""The inbox in the cabinet, its count in the shell, and letters to us."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.domain.notifications import contact_requests, inbox, queue
from accounts.domain.notifications.queue import Notice
from accounts.models import ContactRequest, Member, Message
from accounts.models.notification import Channel
from loyalty.models import Order
from tests.accounts.notifications.cast import SENDER
from tests.factories.accounts import MemberFactory, StaffFactory, sign_in
from tests.factories.cabinet import buy, make_login
from tests.factories.cabinet import signed_in as client_of
from tests.factories.loyalty import make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def fill(member: Member, count: int) -> None:
    now = timezone.now()
    for n in range(count):
        queue.tell([Notice(f"event:{n}", member.pk, "points_available", {"points": n + 1})], sender=SENDER, now=now - timedelta(hours=count - n))


def first(member: Member) -> Message:
    return inbox.messages(member.pk)[0]


def test_an_empty_inbox_promises_what_will_be_here(signed_in: Client) -> None:
    page = signed_in.get("/inbox/")
    assert "Your messages will be here" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "data-n" not in page.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_shell_counts_what_is_new_without_a_query(signed_in: Client, member: Member) -> None:
    assert "data-n" not in signed_in.get("/history/").content.decode()
    before = queries(signed_in, "/history/")
    fill(member, 3)
    fill(MemberFactory(with_login=True), 1)
    assert queries(signed_in, "/history/") == before
    page = signed_in.get("/history/").content.decode()
    assert 'data-n="3"' in page
    assert 'aria-label="Messages, 3 new"' in page


def test_pages_are_walked_to_the_end(signed_in: Client, member: Member) -> None:
    fill(member, 1)
    signed_in.get("/inbox/")
    before = queries(signed_in, "/inbox/")
    fill(member, 25)
    assert queries(signed_in, "/inbox/") == before
    page = signed_in.get("/inbox/").content.decode()
    assert page.count('class="row top"') == 20
    more = page.split('hx-get="')[1].split('"')[0]
    part = signed_in.get("/inbox/" + more, headers={"hx-request": "true"}).content.decode()
    assert part.count('class="row top"') == 5
    assert "<html" not in part
    assert "hx-get" not in part
    assert "<html" in signed_in.get("/inbox/" + more).content.decode()
    assert signed_in.get("/inbox/?after=nonsense").content.decode().count('class="row top"') == 20


def test_a_message_is_read_once_opened(signed_in: Client, member: Member) -> None:
    fill(member, 2)
    message = first(member)
    page = signed_in.get(reverse("message", args=[message.pk])).content.decode()
    assert message.title in page
    assert 'data-n="1"' in page
    assert 'data-n="1"' in signed_in.get(reverse("message", args=[message.pk])).content.decode()
    assert inbox.unread(member.pk) == 1
    signed_in.post(reverse("inbox_read"))
    assert inbox.unread(member.pk) == 0


def test_its_button_is_counted_and_stays_on_this_site(signed_in: Client, member: Member) -> None:
    fill(member, 1)
    message = first(member)
    page = signed_in.get(reverse("message", args=[message.pk])).content.decode()
    href = "/go/" + page.split('href="/go/')[1].split('"')[0]
    assert signed_in.get(href)["Location"] == message.url
    message.refresh_from_db()
    assert message.clicked_at is not None


def test_another_members_message_is_not_found(signed_in: Client) -> None:
    other = MemberFactory(with_login=True)
    fill(other, 1)
    assert signed_in.get(reverse("message", args=[first(other).pk])).status_code == 404
    assert inbox.unread(other.pk) == 1


def test_text_of_messages_is_escaped(signed_in: Client, member: Member) -> None:
    queue.tell([Notice("answer:1", member.pk, "answer", {"letter": 1, "answer": "<script>alert(1)</script>"})], sender=SENDER, now=timezone.now())
    for page in ("/inbox/", reverse("message", args=[first(member).pk])):
        assert "<script>alert" not in signed_in.get(page).content.decode()


def send(client: Client, **changes: str) -> Any:
    return client.post("/write/", {"topic": "points", "order": "", "text": "No points for my bread.", **changes})


def test_a_letter_gets_a_receipt_and_the_answer_arrives_in_the_inbox_and_by_mail(signed_in: Client, member: Member) -> None:
    answer = send(signed_in)
    letter = ContactRequest.objects.get()
    assert answer["Location"] == reverse("letter", args=[letter.pk])
    assert "We have your letter" in signed_in.get(answer["Location"]).content.decode()
    assert first(member).scenario == "letter_received"
    contact_requests.answer(letter.pk, text="They came on Monday.", author=StaffFactory(), sender=SENDER, now=timezone.now())
    assert "They came on Monday." in signed_in.get(answer["Location"]).content.decode()
    page = signed_in.get(reverse("message", args=[first(member).pk])).content.decode()
    assert "They came on Monday." in page
    # From the answer, and from the receipt, one comes to the letter.
    for message in Message.objects.filter(member=member, channel=Channel.INBOX, scenario__in=("letter_received", "answer")):
        page = signed_in.get(reverse("message", args=[message.pk])).content.decode()
        assert message.button
        assert message.button in page
        assert signed_in.get("/go/" + page.split('href="/go/')[1].split('"')[0])["Location"] == answer["Location"]
    assert Message.objects.filter(member=member, scenario="answer", channel=Channel.EMAIL, state="queued").exists()


@pytest.mark.parametrize("wrong", [{"text": " "}, {"text": "x" * 4001}, {"topic": "weather"}, {"order": "999999"}, {"order": "x"}])
def test_a_letter_that_makes_no_sense_is_refused(signed_in: Client, wrong: dict[str, str]) -> None:
    assert send(signed_in, **wrong).status_code == 422
    assert not ContactRequest.objects.exists()


def test_letters_are_limited(signed_in: Client) -> None:
    answers = [send(signed_in).status_code for _ in range(6)]
    assert answers == [302] * 5 + [422]
    assert "You have written several letters already" in send(signed_in).content.decode()
    assert ContactRequest.objects.count() == 5


def test_another_members_letter_is_not_found(signed_in: Client) -> None:
    theirs = MemberFactory(with_login=True)
    send(sign_in(Client(), theirs))
    assert signed_in.get(reverse("letter", args=[ContactRequest.objects.get().pk])).status_code == 404
    assert "No points for my bread" not in signed_in.get("/write/").content.decode()


def test_a_purchase_leads_to_a_letter_about_it() -> None:
    member, partner = make_login(language="en"), make_partner("bakery", base="10")
    now = timezone.now()
    for n in range(32):
        buy(member, partner, f"sale-{n}", now - timedelta(days=40 - n))
    oldest = Order.objects.order_by("occurred_at")[0]
    browser = client_of(member)
    assert f'href="/write/?order={oldest.pk}"' in browser.get(f"/orders/{oldest.pk}/").content.decode()
    assert f'<option value="{oldest.pk}" selected>' in browser.get(f"/write/?order={oldest.pk}").content.decode()
    send(browser, order=str(oldest.pk))
    assert ContactRequest.objects.get().order_ref == oldest.pk


def test_another_members_purchase_is_no_choice(signed_in: Client) -> None:
    theirs = make_login()
    buy(theirs, make_partner("bakery", base="10"), "sale", timezone.now())
    order = Order.objects.get()
    assert f'value="{order.pk}"' not in signed_in.get(f"/write/?order={order.pk}").content.decode()
    assert send(signed_in, order=str(order.pk)).status_code == 422
