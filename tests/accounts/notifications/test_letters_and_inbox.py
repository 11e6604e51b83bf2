"""The inbox holds everything; members write to us, and the answer arrives there and by mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.domain.notifications import contact_requests, inbox, queue
from accounts.domain.notifications.queue import Notice
from accounts.models import ContactRequest, Message
from accounts.models.contact_request import Topic
from loyalty.lib.errors import DomainError
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable
from tests.factories.accounts import StaffFactory
from tests.factories.staff import make_staff

pytestmark = pytest.mark.django_db


def fill(member: Any, count: int) -> None:
    for n in range(count):
        queue.tell([Notice(f"event:{n}", member.pk, "points_available", {"points": n + 1})], sender=SENDER, now=NOON + timedelta(minutes=n))


def test_the_inbox_pages_newest_first_and_counts_what_is_new(django_assert_num_queries: Any) -> None:
    member, other = make_reachable(), make_reachable()
    fill(member, 25)
    fill(other, 1)
    with django_assert_num_queries(2):
        first, after = inbox.page(member.pk)
        assert inbox.unread(member.pk) == 25
    assert [row.title for row in first[:2]] == ["Стали доступны: 25\u00a0баллов", "Стали доступны: 24\u00a0балла"]
    rest, end = inbox.page(member.pk, after=after)
    assert (len(first), len(rest), end) == (20, 5, None)
    assert not {row.pk for row in first} & {row.pk for row in rest}


def test_another_members_message_cannot_be_opened() -> None:
    member, other = make_reachable(), make_reachable()
    fill(member, 2)
    message = inbox.messages(member.pk)[0]
    assert inbox.read(other.pk, message.pk, now=NOON) is None
    assert inbox.unread(member.pk) == 2
    assert inbox.read(member.pk, message.pk, now=NOON) == message
    assert inbox.unread(member.pk) == 1
    assert inbox.read_all(member.pk, now=NOON) == 1
    assert inbox.unread(member.pk) == 0


def test_old_messages_are_pruned_but_nothing_that_waits() -> None:
    member = make_reachable()
    queue.tell([Notice("event:1", member.pk, "points_spent", {"points": 1, "partner": "x"})], sender=SENDER, now=NOON)
    assert inbox.prune(now=NOON + timedelta(days=401)) == 1
    assert Message.objects.get().state == "queued"


def write(member: Any, text: str = "Не пришли баллы.") -> ContactRequest:
    return contact_requests.write(member, topic=Topic.POINTS, text=text, sender=SENDER, now=NOON)


def test_a_letter_gets_a_receipt_and_its_answer_arrives_in_the_inbox_and_by_mail() -> None:
    member, colleague = make_reachable(), StaffFactory()
    letter = write(member)
    contact_requests.answer(letter.pk, text="Начислены сегодня.", author=colleague, sender=SENDER, now=NOON)
    titles = list(inbox.messages(member.pk).order_by("pk").values_list("title", "body"))
    assert titles[0][0] == f"Мы получили ваше письмо №\u00a0{letter.pk}"
    assert titles[1] == (f"Ответ на ваше письмо №\u00a0{letter.pk}", "Начислены сегодня.")
    assert Message.objects.filter(channel="email", scenario="answer", state="queued").count() == 1
    with pytest.raises(DomainError, match="colleague"):
        contact_requests.answer(letter.pk, text="Ещё раз", author=colleague, sender=SENDER, now=NOON)


def test_nobody_floods_us_with_letters() -> None:
    member = make_reachable()
    for _ in range(5):
        write(member)
    with pytest.raises(DomainError) as refused:
        write(member)
    assert refused.value.code == "too_many_letters"
    for text, code in (("  ", "empty_letter"), ("x" * 4001, "letter_too_long")):
        with pytest.raises(DomainError) as refused:
            write(make_reachable(), text)
        assert refused.value.code == code


def test_staff_answer_from_the_admin(client: Client) -> None:
    letter = write(make_reachable())
    client.force_login(make_staff("support"), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = f"/admin/accounts/contactrequest/{letter.pk}/answer/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"text": ""}).status_code == 200
    assert client.post(page, {"text": "Готово."})["Location"].endswith(f"/{letter.pk}/change/")
    letter.refresh_from_db()
    assert (letter.state, letter.answer) == ("answered", "Готово.")


def test_staff_reword_a_scenario_with_preview_and_test(client: Client) -> None:
    client.force_login(make_staff("marketing"), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = "/admin/accounts/scenario/points_spent/reword/"
    assert "Оплачено баллами: {points}" in client.get(page).content.decode()
    words = {"language": "ru", "title": "Списано {points}", "body": "{partner}", "sms": "{points}", "button": ""}
    assert "Списано 120\u00a0баллов" in client.post(page, words | {"preview": "1"}).content.decode()
    assert "{level}" in client.post(page, words | {"title": "{level}", "save": "1"}).content.decode()
    assert client.post(page, words | {"save": "1"}).status_code == 302
    member = make_reachable()
    queue.tell([Notice("event:1", member.pk, "points_spent", {"points": 5, "partner": "x"})], sender=SENDER, now=NOON)
    assert inbox.messages(member.pk)[0].title == "Списано 5\u00a0баллов"
    assert client.get("/admin/accounts/scenario/points_spent/change/").status_code == 200
    assert client.get("/admin/accounts/scenario/").status_code == 200
