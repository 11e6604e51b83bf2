"""Every page that a person can reach: it opens in both languages, in our look, without anything that the strict policy forbids."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_phone_code, log_in
from tests.factories.accounts import StaffFactory
from tests.factories.second_factor import give_app, give_recovery_codes

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FOR_VISITORS = ["account_login", "account_signup", "account_reset_password", "claim", "account_inactive", "account_password_reset_completed"]
FOR_MEMBERS = ["profile", "profile_phone", "profile_email", "account_set_password", "account_logout", "mfa_add_webauthn", "signup_done"]
FOR_STAFF = ["profile", "mfa_index", "mfa_activate_totp", "account_set_password"]


def clean(page: object) -> str:
    """The text of a page that opened, with our frame and without inline scripts, styles and handlers."""
    text = page.content.decode()  # type: ignore[attr-defined]
    assert page.status_code == 200, text  # type: ignore[attr-defined]
    assert "cabinet.css" in text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]  # type: ignore[index]
    return text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_pages_for_visitors(language: str) -> None:
    for name in FOR_VISITORS:
        clean(Client(headers={"accept-language": language}).get(reverse(name)))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_pages_for_members(signed_in: Client, member: Member, language: str) -> None:
    assert member.user is not None
    member.user.language = language
    member.user.save(update_fields=["language"])
    for name in FOR_MEMBERS:
        clean(signed_in.get(reverse(name)))
    clean(signed_in.get(reverse("card_replace", args=[member.cards.get().pk])))


def test_pages_for_staff(client: Client) -> None:
    staff = StaffFactory()
    client.force_login(staff, backend=BACKEND)
    for name in FOR_STAFF:
        clean(client.get(reverse(name)))
    give_app(staff)
    code = give_recovery_codes(staff)[0]
    # The app is asked for once more before its settings.
    assert client.get(reverse("mfa_view_recovery_codes")).url.startswith(reverse("mfa_reauthenticate"))
    clean(client.get(reverse("mfa_reauthenticate")))
    client.post(reverse("mfa_reauthenticate"), {"code": code})
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        clean(client.get(reverse(name)))
    assert client.get(reverse("mfa_download_recovery_codes"))["Content-Type"].startswith("text/plain")


def test_the_page_of_the_second_step(client: Client) -> None:
    staff = StaffFactory(password="correct-horse-battery")
    give_app(staff)
    client.post(reverse("account_login"), {"login": staff.email, "password": "correct-horse-battery"})
    clean(client.get(reverse("mfa_authenticate")))
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200


def test_a_password_is_asked_for_before_a_passkey_is_added(signed_in: Client, member: Member) -> None:
    assert member.user is not None
    member.user.set_password("correct-horse-battery")
    member.user.save()
    signed_in.force_login(member.user, backend=BACKEND)
    address = signed_in.get(reverse("mfa_add_webauthn")).url
    assert address.startswith(reverse("account_reauthenticate"))
    clean(signed_in.get(address))
    assert signed_in.post(address, {"password": "wrong"}).status_code == 200
    assert signed_in.post(address, {"password": "correct-horse-battery"}).url == reverse("mfa_add_webauthn")


def test_a_forgotten_password_is_replaced(client: Client, post: Post, member: Member) -> None:
    client.post(reverse("account_reset_password"), {"email": EMAIL})
    clean(client.get(reverse("account_confirm_password_reset_code")))
    answer = client.post(reverse("account_confirm_password_reset_code"), {"code": post.mail_code()})
    assert answer.url == reverse("account_complete_password_reset")
    clean(client.get(answer.url))
    words = {"password1": "three-quiet-stations", "password2": "three-quiet-stations"}
    assert client.post(answer.url, {"password1": "12345678", "password2": "12345678"}).status_code == 200
    assert client.post(answer.url, words).url == reverse("account_password_reset_completed")
    assert client.post(reverse("account_login"), {"login": PHONE, "password": words["password1"]}).url == reverse("home")


def test_the_log_in_page_begins_anew(client: Client, post: Post, member: Member) -> None:
    begin(client, phone="+79001239942", email="new@example.org")
    assert 'name="login"' in clean(client.get(reverse("account_login")))
    log_in(client, PHONE)
    clean(client.get(reverse("account_confirm_login_code")))
    assert 'name="login"' in clean(client.get(reverse("account_login")))
    assert client.get(reverse("account_confirm_login_code")).status_code == 302


def test_code_pages_without_a_code_under_way_lead_to_the_beginning(client: Client, signed_in: Client) -> None:
    visitor = Client()
    for name in ("account_verify_phone", "account_email_verification_sent", "account_confirm_login_code", "account_confirm_password_reset_code", "claim_code"):
        assert visitor.get(reverse(name)).status_code == 302


def test_mails_are_in_the_language_of_their_reader(client: Client, post: Post, member: Member) -> None:
    assert member.user is not None
    member.user.language = "en"
    member.user.save(update_fields=["language"])
    client.post(reverse("account_login"), {"login": EMAIL}, headers={"accept-language": "ru"})
    assert post.mails() == ["Жетон: the code to log in"]


def test_logs_hold_no_contacts_and_no_codes(client: Client, post: Post, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    begin(client)
    enter_phone_code(client, post.sms_code())
    said = " ".join(str(record.msg) for record in caplog.records)
    assert PHONE not in said
    assert EMAIL not in said
    assert post.sms_code() not in said
