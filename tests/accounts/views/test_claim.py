"""Claiming a card: its number, and the code to the contact on file."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.domain import card as cards
from accounts.models import Consent, Member, User
from accounts.models.card import CardBlockReason
from loyalty.models import Entry, Event
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.factories.accounts import MemberFactory, StaffFactory, UserFactory, sign_in

pytestmark = pytest.mark.django_db


def claim(client: Client, number: str, **fields: str) -> str:
    answer = client.post(reverse("claim"), {"number": number, "consent": "on", **fields})
    assert answer.status_code == 302
    return str(answer.url)


def enter(client: Client, code: str) -> object:
    return client.post(reverse("claim_code"), {"code": code})


def test_the_code_to_the_phone_on_file_gives_the_log_in(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, email=EMAIL, with_card=True)
    number = before.cards.get().number
    assert claim(client, " ".join([number[:4], number[4:]]), promo="on") == reverse("claim_code")
    assert "+7\u00a0900\u00a0•••-••-42" in client.get(reverse("claim_code")).content.decode()
    assert enter(client, post.sms_code()).url == reverse("home")  # type: ignore[attr-defined]
    before.refresh_from_db()
    assert before.user is not None
    assert (str(before.user.phone), before.user.phone_verified, before.user.email) == (PHONE, True, None)
    assert before.email == EMAIL
    assert sorted(Consent.objects.values_list("kind", "source")) == [("marketing", "claim"), ("rules", "claim")]
    assert Event.objects.get(member=before).payload == {"how": "claimed"}
    assert client.get(reverse("profile")).status_code == 200
    # One contact is proven, not both: the welcome points come with the second.
    assert not Entry.objects.exists()


def test_without_a_phone_on_file_the_code_goes_to_the_mail(client: Client, post: Post) -> None:
    before = MemberFactory(phone=None, email=EMAIL, with_card=True)
    claim(client, before.cards.get().number)
    enter(client, post.mail_code())
    before.refresh_from_db()
    assert before.user is not None
    assert before.user.email == EMAIL


def test_a_wrong_code_gives_nothing_and_five_of_them_end_it(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    claim(client, before.cards.get().number)
    right = post.sms_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        assert enter(client, wrong).status_code == 200  # type: ignore[attr-defined]
    assert enter(client, wrong).url == reverse("claim")  # type: ignore[attr-defined]
    assert enter(client, right).url == reverse("claim")  # type: ignore[attr-defined]
    before.refresh_from_db()
    assert before.user is None


@pytest.mark.parametrize("number", ["", "12", "9040281755360143", "номер", "90402817553601420"])
def test_a_number_that_is_none_is_told_at_once(client: Client, post: Post, number: str) -> None:
    answer = client.post(reverse("claim"), {"number": number, "consent": "on"})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()


def test_consent_is_needed(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    assert client.post(reverse("claim"), {"number": before.cards.get().number}).status_code == 200
    assert not post.texts


def test_a_card_with_a_log_in_is_told_to_its_holder_only(client: Client, post: Post, member: Member) -> None:
    assert claim(client, member.cards.get().number) == reverse("claim_code")
    assert [to for to, _text in post.texts] == [PHONE]
    assert "вход" in post.texts[0][1]


def test_a_blocked_card_cannot_be_claimed(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    card = cards.block(card=before.cards.get(), reason=CardBlockReason.LOST, now=timezone.now())
    assert claim(client, card.number) == reverse("claim_code")
    enter(client, "123456")
    before.refresh_from_db()
    assert before.user is None
    assert "заблокированной" in post.texts[0][1]


def test_a_log_in_without_a_card_becomes_the_holders(client: Client, post: Post) -> None:
    staff = StaffFactory(email=EMAIL)
    before = MemberFactory(phone=None, email=EMAIL, with_card=True)
    claim(client, before.cards.get().number)
    enter(client, post.mail_code())
    before.refresh_from_db()
    assert before.user == staff
    assert User.objects.count() == 1


def test_numbers_cannot_be_tried_one_after_another(client: Client, post: Post) -> None:
    for _ in range(20):
        claim(client, cards.new_number())
    answer = client.post(reverse("claim"), {"number": cards.new_number(), "consent": "on"})
    assert answer.status_code == 200
    assert "слишком много кодов" in answer.content.decode()


def test_who_is_logged_in_has_nothing_to_claim(signed_in: Client) -> None:
    assert signed_in.get(reverse("claim")).url == reverse("home")


def test_the_welcome_points_come_with_the_second_contact(client: Client, post: Post) -> None:
    before = MemberFactory(phone=PHONE, email=None, with_card=True)
    claim(client, before.cards.get().number)
    enter(client, post.sms_code())
    assert not Entry.objects.exists()
    client.post(reverse("profile_email"), {"contact": EMAIL})
    client.post(reverse("profile_email"), {"code": post.sms_code()})
    client.post(reverse("profile_email"), {"code": post.mail_code()})
    assert Entry.objects.get(member=before).kind == "welcome"


def test_a_claim_between_two_visitors_is_the_firsts(post: Post) -> None:
    before = MemberFactory(phone=PHONE, with_card=True)
    first, second = Client(), Client()
    codes = []
    for visitor in (first, second):
        claim(visitor, before.cards.get().number)
        codes.append(post.sms_code())
    enter(first, codes[0])
    assert enter(second, codes[1]).url == reverse("account_login")  # type: ignore[attr-defined]
    assert User.objects.count() == 1
    assert not mail.outbox


def test_a_signed_in_helper_gives_a_browser() -> None:
    member = MemberFactory(user=UserFactory())
    assert sign_in(Client(), member).get(reverse("profile")).status_code == 200
