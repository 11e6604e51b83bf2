"""Changing a contact: a code to the old one, then one to the new one."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import enter_login_code, log_in
from tests.factories.accounts import MemberFactory

pytestmark = pytest.mark.django_db

NEW_PHONE, NEW_EMAIL = "+79001239942", "new@example.org"


def test_both_codes_change_the_phone_everywhere(signed_in: Client, member: Member, post: Post) -> None:
    page = reverse("profile_phone")
    assert signed_in.post(page, {"contact": "8 900 123-99-42"}).url == page
    assert [to for to, _text in post.texts] == [PHONE]
    signed_in.post(page, {"code": post.sms_code(PHONE)})
    member.refresh_from_db()
    assert str(member.phone) == PHONE
    assert signed_in.post(page, {"code": post.sms_code(NEW_PHONE)}).url == reverse("profile")
    member.refresh_from_db()
    assert member.user is not None
    assert str(member.phone) == str(member.user.phone) == NEW_PHONE
    visitor = Client()
    log_in(visitor, NEW_PHONE)
    assert enter_login_code(visitor, post.sms_code(NEW_PHONE)).url == reverse("home")


def test_both_codes_change_the_email_and_the_old_one_is_told(signed_in: Client, member: Member, post: Post) -> None:
    page = reverse("profile_email")
    signed_in.post(page, {"contact": "New@Example.org"})
    signed_in.post(page, {"code": post.mail_code(EMAIL)})
    signed_in.post(page, {"code": post.mail_code(NEW_EMAIL)})
    member.refresh_from_db()
    assert member.user is not None
    assert member.email == member.user.email == NEW_EMAIL
    assert list(EmailAddress.objects.filter(user=member.user).values_list("email", "verified", "primary")) == [(NEW_EMAIL, True, True)]
    assert len(post.mails(EMAIL)) == 2


def test_without_the_old_code_nothing_goes_to_the_new_contact(signed_in: Client, member: Member, post: Post) -> None:
    page = reverse("profile_phone")
    signed_in.post(page, {"contact": NEW_PHONE})
    right = post.sms_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        signed_in.post(page, {"code": wrong})
    signed_in.post(page, {"code": right})
    assert {to for to, _text in post.texts} == {PHONE}
    member.refresh_from_db()
    assert str(member.phone) == PHONE


def test_another_members_contact_is_not_given_away(signed_in: Client, member: Member, post: Post) -> None:
    MemberFactory(with_login=True, user__phone=NEW_PHONE)
    page = reverse("profile_phone")
    signed_in.post(page, {"contact": NEW_PHONE})
    answer = signed_in.post(page, {"code": post.sms_code(PHONE)})
    assert answer.url == page
    assert "•••-••-42" in signed_in.get(page).content.decode()
    texts = [text for to, text in post.texts if to == NEW_PHONE]
    assert len(texts) == 1
    assert reverse("account_login") in texts[0]
    member.refresh_from_db()
    assert str(member.phone) == PHONE


def test_a_proven_contact_leaves_a_member_who_only_has_it_on_file(signed_in: Client, member: Member, post: Post) -> None:
    other = MemberFactory(phone=NEW_PHONE, email=None)
    page = reverse("profile_phone")
    signed_in.post(page, {"contact": NEW_PHONE})
    signed_in.post(page, {"code": post.sms_code(PHONE)})
    signed_in.post(page, {"code": post.sms_code(NEW_PHONE)})
    other.refresh_from_db()
    member.refresh_from_db()
    assert other.phone is None
    assert str(member.phone) == NEW_PHONE


def test_it_can_be_left_as_it_was(signed_in: Client, member: Member, post: Post) -> None:
    page = reverse("profile_email")
    signed_in.post(page, {"contact": NEW_EMAIL})
    assert signed_in.post(page, {"action": "cancel"}).url == reverse("profile")
    assert 'name="contact"' in signed_in.get(page).content.decode()


def test_the_same_contact_is_told(signed_in: Client, member: Member, post: Post) -> None:
    assert signed_in.post(reverse("profile_phone"), {"contact": PHONE}).status_code == 200
    assert not post.texts


def test_visitors_log_in_first(client: Client) -> None:
    assert client.get(reverse("profile_phone")).url.startswith(reverse("account_login"))
