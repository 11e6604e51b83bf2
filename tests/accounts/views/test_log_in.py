"""Logging in: by e-mail or phone, with a code or a password; staff through the same door."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_login_code, log_in
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.second_factor import give_app

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"


def is_in(client: Client) -> bool:
    return bool(client.get(reverse("profile")).status_code == 200)


@pytest.mark.parametrize("login", [PHONE, "8 900 123-00-42", EMAIL, "Maria@Example.org"])
def test_a_code_lets_in(client: Client, post: Post, member: Member, login: str) -> None:
    assert log_in(client, login).url == reverse("account_confirm_login_code")
    code = post.mail_code() if "@" in login else post.sms_code()
    assert enter_login_code(client, code).url == reverse("home")
    assert is_in(client)


def test_a_code_works_once(client: Client, post: Post, member: Member) -> None:
    log_in(client, PHONE)
    code = post.sms_code()
    enter_login_code(client, code)
    client.post(reverse("account_logout"))
    assert enter_login_code(client, code).status_code == 302
    assert not is_in(client)


@pytest.mark.parametrize("login", [PHONE, EMAIL])
def test_a_password_lets_in(client: Client, member: Member, login: str) -> None:
    assert member.user is not None
    member.user.set_password(PASSWORD)
    member.user.save()
    assert client.post(reverse("account_login"), {"login": login, "password": PASSWORD}).url == reverse("home")
    assert is_in(client)


def test_an_unfinished_sign_up_is_no_log_in(client: Client, post: Post) -> None:
    begin(Client())
    log_in(client, PHONE)
    assert "000000" not in post.texts[-1][1]
    assert reverse("account_signup") in post.texts[-1][1]


def test_five_wrong_codes_void_the_right_one(client: Client, post: Post, member: Member) -> None:
    log_in(client, PHONE)
    right = post.sms_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        enter_login_code(client, wrong)
    enter_login_code(client, right)
    assert not is_in(client)


def test_too_many_codes_are_refused_for_known_and_unknown_contacts_alike(client: Client, post: Post, member: Member) -> None:
    for login in (PHONE, "+79001239942"):
        for _ in range(4):
            assert log_in(Client(), login).status_code == 302
        answer = log_in(Client(), login)
        assert answer.status_code == 200
        assert "слишком много кодов" in answer.content.decode()


def test_a_new_code_needs_a_pause_and_voids_the_old_one(client: Client, post: Post, member: Member) -> None:
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    log_in(client, PHONE)
    first = post.sms_code()
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    assert len(post.texts) == 1
    with time_machine.travel(timezone.now() + timedelta(seconds=50)):
        client.post(reverse("account_confirm_login_code"), {"action": "resend"})
        assert len(post.texts) == 2
        second = post.sms_code()
        if first != second:
            assert enter_login_code(client, first).status_code == 200
        assert enter_login_code(client, second).status_code == 302


def test_passwords_of_phones_are_limited_each_for_itself(client: Client, post: Post) -> None:
    one = UserFactory(password=PASSWORD)
    for _ in range(6):
        client.post(reverse("account_login"), {"login": "+79001239943", "password": "wrong"})
    assert client.post(reverse("account_login"), {"login": str(one.phone), "password": PASSWORD}, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_guessing_a_password_ends(client: Client) -> None:
    user = UserFactory(password=PASSWORD)
    for turn in range(25):
        client.post(reverse("account_login"), {"login": user.email, "password": "wrong"}, REMOTE_ADDR=f"10.0.1.{turn}")
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, REMOTE_ADDR="10.0.2.1")
    assert answer.status_code == 200
    assert "Слишком много попыток" in answer.content.decode()


def test_staff_log_in_to_the_admin_through_the_same_door(client: Client) -> None:
    staff = StaffFactory(password=PASSWORD)
    answer = client.get("/admin/login/")
    assert answer.url.startswith(reverse("account_login"))
    answer = client.post(f"{reverse('account_login')}?next=/admin/", {"login": staff.email, "password": PASSWORD, "next": "/admin/"})
    assert answer.url == "/admin/"


def test_a_member_is_no_staff(signed_in: Client) -> None:
    assert signed_in.get("/admin/").status_code in (302, 403)
    assert signed_in.get("/admin/login/").status_code == 403


def test_someone_switched_off_does_not_get_in(client: Client, post: Post, member: Member) -> None:
    assert member.user is not None
    member.user.is_active = False
    member.user.save(update_fields=["is_active"])
    log_in(client, PHONE)
    assert not any("000000" in text for _to, text in post.texts)
    assert not is_in(client)


@pytest.mark.parametrize(
    "path",
    ["/accounts/social/login/cancelled/", "/accounts/3rdparty/", "/accounts/signup/passkey/", "/accounts/2fa/trust/"],
)
def test_pages_without_a_use_are_not_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_authenticator_apps_are_for_staff(signed_in: Client) -> None:
    for page in ("mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes"):
        assert signed_in.get(reverse(page)).status_code == 404


def test_staff_with_an_authenticator_app_need_its_code(client: Client) -> None:
    staff = StaffFactory(password=PASSWORD)
    give_app(staff)
    answer = client.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    assert not is_in(client)
