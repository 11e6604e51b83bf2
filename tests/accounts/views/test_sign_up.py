"""Signing up: both codes, and only then the member, the card, the consents and the points."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card, Consent, Member, User
from loyalty.enums import EntryKind, EventKind
from loyalty.models import Entry, Event, Programme
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_mail_code, enter_phone_code, sign_up

pytestmark = pytest.mark.django_db


def test_both_codes_make_the_member_the_card_and_the_welcome_points(client: Client, post: Post) -> None:
    answer = begin(client)
    assert answer.status_code == 302
    assert answer.url == reverse("account_verify_phone")
    assert not Member.objects.exists()
    assert not mail.outbox

    answer = enter_phone_code(client, post.sms_code())
    assert answer.url == reverse("account_email_verification_sent")
    assert not Member.objects.exists()
    assert not Entry.objects.exists()

    answer = enter_mail_code(client, post.mail_code())
    assert answer.url == reverse("signup_done")
    member = Member.objects.get()
    assert (str(member.phone), member.email) == (PHONE, EMAIL)
    assert member.user is not None
    assert not member.user.signup_pending
    assert member.user.phone_verified
    assert not member.user.has_usable_password()
    card = Card.objects.get(member=member)
    assert card.is_primary
    entry = Entry.objects.get(member=member)
    assert (entry.kind, entry.points) == (EntryKind.WELCOME, Programme.objects.get().welcome_points)
    assert Event.objects.filter(member=member, kind=EventKind.MEMBER_JOINED).count() == 1
    assert client.get(reverse("profile")).status_code == 200


def test_the_last_page_names_the_card_and_offers_a_passkey(client: Client, post: Post) -> None:
    sign_up(client, post)
    page = client.get(reverse("signup_done")).content.decode()
    assert Card.objects.get().number[-4:] in page
    assert reverse("mfa_add_webauthn") in page


def test_consents_are_recorded_with_version_and_the_time_of_the_tick(client: Client, post: Post) -> None:
    Programme.objects.update_or_create(pk=1, defaults={"rules_version": "2026-11"})
    sign_up(client, post, promo="on")
    rows = list(Consent.objects.order_by("kind").values_list("kind", "given", "version", "source"))
    assert rows == [("marketing", True, "2026-11", "signup"), ("rules", True, "2026-11", "signup")]
    assert Consent.objects.first().at <= Member.objects.get().created_at


def test_marketing_is_not_recorded_unless_ticked(client: Client, post: Post) -> None:
    sign_up(client, post)
    assert list(Consent.objects.values_list("kind", flat=True)) == ["rules"]


def test_mistakes_are_told_in_sentences_and_the_values_stay(client: Client, post: Post) -> None:
    answer = client.post(reverse("account_signup"), {"phone": "+7 900 12", "email": "you@example"}, headers={"accept-language": "ru"})
    page = answer.content.decode().replace("\u00a0", " ")
    assert "В номере не хватает 5 цифр" in page
    assert "Похоже, не хватает окончания: .org, .ru" in page
    assert "Без согласия карту не оформить" in page
    assert "Проверьте 3 поля" in page
    assert 'value="+7 900 12"' in page
    assert 'value="you@example"' in page
    assert not User.objects.exists()
    assert not post.texts


def test_a_wrong_code_costs_a_try_and_makes_nothing(client: Client, post: Post) -> None:
    begin(client)
    wrong = "000000" if post.sms_code() != "000000" else "111111"
    answer = client.post(reverse("account_verify_phone"), {"code": wrong, "action": "verify"}, headers={"accept-language": "ru"})
    page = answer.content.decode().replace("\u00a0", " ")
    assert "Код не подошёл" in page
    assert "Осталось 4 попытки" in page
    assert not Member.objects.exists()


def test_what_is_no_code_costs_no_try(client: Client, post: Post) -> None:
    begin(client)
    for text in ("", "12", "abcdef", "1234567"):
        assert enter_phone_code(client, text).status_code == 200
    assert enter_phone_code(client, post.sms_code()).url == reverse("account_email_verification_sent")


def test_after_five_wrong_codes_the_right_one_is_void(client: Client, post: Post) -> None:
    begin(client)
    right = post.sms_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        assert enter_phone_code(client, wrong).status_code == 200
    assert enter_phone_code(client, wrong).url == reverse("account_signup")
    assert enter_phone_code(client, right).status_code == 302
    assert not User.objects.get().phone_verified


def test_a_code_is_void_after_ten_minutes(client: Client, post: Post) -> None:
    begin(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=601)):
        answer = enter_phone_code(client, post.sms_code())
    assert answer.url == reverse("account_signup")
    assert not User.objects.get().phone_verified


def test_another_number_starts_over_with_what_was_typed(client: Client, post: Post) -> None:
    begin(client)
    assert client.get(reverse("signup_restart")).status_code == 405
    assert client.post(reverse("signup_restart")).url == reverse("account_signup")
    page = client.get(reverse("account_signup")).content.decode()
    assert PHONE in page
    begin(client, phone="+79001230043")
    assert enter_phone_code(client, post.sms_code("+79001230043")).url == reverse("account_email_verification_sent")


def test_an_unfinished_sign_up_holds_no_contact_against_others(client: Client, post: Post) -> None:
    begin(client)
    other = Client()
    begin(other)
    assert User.objects.count() == 1
    # The first one's code is void now, without an error page.
    enter_phone_code(other, post.sms_code())
    assert enter_mail_code(other, post.mail_code()).url == reverse("signup_done")
    assert enter_phone_code(client, post.sms_code()).status_code == 200
    assert Member.objects.count() == 1


def test_a_repeated_last_code_makes_nothing_twice(client: Client, post: Post) -> None:
    begin(client)
    enter_phone_code(client, post.sms_code())
    code = post.mail_code()
    enter_mail_code(client, code)
    enter_mail_code(client, code)
    assert (Member.objects.count(), Card.objects.count(), Entry.objects.count()) == (1, 1, 1)
