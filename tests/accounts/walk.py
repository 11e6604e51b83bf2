"""The steps that a visitor takes through the pages."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.accounts.conftest import EMAIL, PHONE, Post


def begin(client: Client, *, phone: str = PHONE, email: str = EMAIL, **fields: Any) -> HttpResponse:
    """Send the first screen of the sign-up."""
    return client.post(reverse("account_signup"), {"phone": phone, "email": email, "consent": "on", **fields})


def enter_phone_code(client: Client, code: str) -> HttpResponse:
    """The code from the text."""
    return client.post(reverse("account_verify_phone"), {"code": code, "action": "verify"})


def enter_mail_code(client: Client, code: str) -> HttpResponse:
    """The code from the mail."""
    return client.post(reverse("account_email_verification_sent"), {"code": code, "action": "verify"})


def sign_up(client: Client, post: Post, *, phone: str = PHONE, email: str = EMAIL, **fields: Any) -> HttpResponse:
    """All of it. Returns the answer to the second code."""
    begin(client, phone=phone, email=email, **fields)
    enter_phone_code(client, post.sms_code(phone))
    return enter_mail_code(client, post.mail_code(email))


def log_in(client: Client, login: str) -> HttpResponse:
    """Ask for a code to a phone or an e-mail."""
    return client.post(reverse("account_login"), {"login": login})


def enter_login_code(client: Client, code: str) -> HttpResponse:
    """The code of a log-in."""
    return client.post(reverse("account_confirm_login_code"), {"code": code, "action": "verify"})
