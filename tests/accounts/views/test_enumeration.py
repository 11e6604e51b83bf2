"""Nobody learns from the pages which contacts and cards are known; the owner of a contact learns it there."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Member, User
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_login_code, enter_mail_code, enter_phone_code, log_in
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db

NEW_PHONE, NEW_EMAIL = "+79001239942", "nadya@example.org"


def same(page: HttpResponse) -> str:
    """A page without what differs between any two visits: tokens, and the contact that was typed."""
    text = page.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r'data-seconds="\d+"', "", text)


def test_a_sign_up_with_a_known_phone_looks_like_any_other(post: Post, member: Member) -> None:
    known, unknown = Client(), Client()
    answers = [begin(known, phone=PHONE, email=NEW_EMAIL), begin(unknown, phone=NEW_PHONE, email=NEW_EMAIL)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, reverse("account_verify_phone"))}
    assert same(known.get(reverse("account_verify_phone"))) == same(unknown.get(reverse("account_verify_phone")))
    assert "000000" not in (post.sms_code(NEW_PHONE), "")
    wrong = [same(enter_phone_code(visitor, "000000")) for visitor in (known, unknown)]
    assert wrong[0] == wrong[1]
    # Its owner, and only they, get word instead of a code.
    text = next(text for number, text in post.texts if number == PHONE)
    assert not re.search(r"\d{6}", text)
    assert reverse("account_login") in text


def test_a_sign_up_with_a_known_email_shows_it_only_in_the_mail(post: Post, member: Member) -> None:
    known, unknown = Client(), Client()
    begin(known, phone=NEW_PHONE, email=EMAIL)
    begin(unknown, phone="+79001239952", email="m2@example.org")
    for visitor, phone in ((known, NEW_PHONE), (unknown, "+79001239952")):
        assert enter_phone_code(visitor, post.sms_code(phone)).url == reverse("account_email_verification_sent")
    pages = [same(visitor.get(reverse("account_email_verification_sent"))) for visitor in (known, unknown)]
    assert pages[0].replace("m•••@example.org", "") == pages[1].replace("m•••@example.org", "")
    wrong = [same(enter_mail_code(visitor, "000000")) for visitor in (known, unknown)]
    assert wrong[0] == wrong[1]
    assert len(post.mails(EMAIL)) == 1
    assert not re.search(r"\b\d{6}\b", post_body(EMAIL))
    assert Member.objects.count() == 1


def post_body(to: str) -> str:
    from django.core import mail

    return str(next(message.body for message in mail.outbox if message.to == [to]))


def test_after_a_known_email_the_phone_is_free_for_its_owner(post: Post, member: Member) -> None:
    visitor = Client()
    begin(visitor, phone=NEW_PHONE, email=EMAIL)
    enter_phone_code(visitor, post.sms_code(NEW_PHONE))
    again = Client()
    begin(again, phone=NEW_PHONE, email=NEW_EMAIL)
    enter_phone_code(again, post.sms_code(NEW_PHONE))
    assert enter_mail_code(again, post.mail_code(NEW_EMAIL)).url == reverse("signup_done")
    assert not User.objects.filter(signup_pending=True).exists()


@pytest.mark.parametrize(("known", "unknown"), [(PHONE, NEW_PHONE), (EMAIL, "max@example.org")])
def test_a_log_in_with_an_unknown_contact_looks_like_any_other(post: Post, member: Member, known: str, unknown: str) -> None:
    first, second = Client(), Client()
    assert log_in(first, known).url == log_in(second, unknown).url == reverse("account_confirm_login_code")
    assert same(first.get(reverse("account_confirm_login_code"))) == same(second.get(reverse("account_confirm_login_code")))
    assert same(enter_login_code(first, "000000")) == same(enter_login_code(second, "000000"))


def test_a_wrong_password_and_an_unknown_contact_get_the_same_answer(client: Client, member: Member) -> None:
    assert member.user is not None
    member.user.set_password("right-horse-battery")
    member.user.save()
    answers = [
        same(client.post(reverse("account_login"), {"login": login, "password": "wrong-horse"})).replace(login, "") for login in (EMAIL, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert client.post(reverse("account_login"), {"login": EMAIL, "password": "right-horse-battery"}).status_code == 302


def test_asking_for_a_new_password_tells_nothing(post: Post, member: Member) -> None:
    first, second = Client(), Client()
    pages = []
    for visitor, email in ((first, EMAIL), (second, "max@example.org")):
        assert visitor.post(reverse("account_reset_password"), {"email": email}).url == reverse("account_confirm_password_reset_code")
        pages.append(same(visitor.get(reverse("account_confirm_password_reset_code"))))
    assert pages[0] == pages[1]


def test_a_claim_of_an_unknown_card_looks_like_any_other(post: Post) -> None:
    from accounts.domain.card import new_number

    card = MemberFactory(phone=PHONE, with_card=True).cards.get()
    pages = []
    for number in (card.number, new_number()):
        visitor = Client()
        assert visitor.post(reverse("claim"), {"number": number, "consent": "on"}).url == reverse("claim_code")
        page = visitor.get(reverse("claim_code"))
        pages.append(re.sub(r"\+7\u00a09\d\d\u00a0•••-••-\d\d", "mask", same(page)))
        assert "mask" in pages[-1]
        pages.append(re.sub(r"\+7\u00a09\d\d\u00a0•••-••-\d\d", "mask", same(visitor.post(reverse("claim_code"), {"code": "000000"}))))
    assert pages[:2] == pages[2:]


def test_the_made_up_contact_of_an_unknown_card_is_always_the_same() -> None:
    from accounts.domain.card import new_number

    number = new_number()
    found = set()
    for _ in range(2):
        visitor = Client()
        visitor.post(reverse("claim"), {"number": number, "consent": "on"})
        found.update(re.findall(r"\+7\u00a09\d\d\u00a0•••-••-\d\d", visitor.get(reverse("claim_code")).content.decode()))
    assert len(found) == 1
