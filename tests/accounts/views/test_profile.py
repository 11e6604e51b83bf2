"""The profile: who am I, how do you call me, where is the cabinet open; and the card when it is lost."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain import card as cards
from accounts.domain.consent import wants_marketing
from accounts.models import Card, Member
from loyalty.enums import EventKind
from loyalty.lib.errors import DomainError
from loyalty.models import Event
from tests.accounts.conftest import PHONE, Post
from tests.accounts.walk import enter_login_code, log_in
from tests.factories.accounts import MemberFactory, StaffFactory, sign_in

pytestmark = pytest.mark.django_db


def test_it_shows_masked_contacts_and_the_card(signed_in: Client, member: Member) -> None:
    page = signed_in.get(reverse("profile"))
    text = page.content.decode()
    assert "+7\u00a0900\u00a0•••-••-42" in text
    assert "m•••@example.org" in text
    assert PHONE not in text
    assert member.cards.get().number[:4] in text
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_staff_without_a_card_have_a_profile_too(client: Client) -> None:
    client.force_login(StaffFactory(), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("profile"))
    assert page.status_code == 200
    assert reverse("mfa_index") in page.content.decode()


def test_the_name_is_kept(signed_in: Client, member: Member) -> None:
    signed_in.post(reverse("profile_name"), {"first_name": "Анна", "last_name": "Ким"})
    member.refresh_from_db()
    assert (member.first_name, member.last_name) == ("Анна", "Ким")


@pytest.mark.parametrize(
    ("day", "month", "kept"),
    [("29", "2", (29, 2)), ("31", "12", (31, 12)), ("", "", (None, None)), ("30", "2", (1, 1)), ("5", "", (1, 1))],
)
def test_a_birthday_is_a_day_of_the_calendar(signed_in: Client, member: Member, day: str, month: str, kept: tuple[int | None, int | None]) -> None:
    member.birth_day = member.birth_month = 1
    member.save(update_fields=["birth_day", "birth_month"])
    answer = signed_in.post(reverse("profile_birthday"), {"birth_day": day, "birth_month": month})
    member.refresh_from_db()
    assert (member.birth_day, member.birth_month) == kept
    assert answer.status_code == (422 if kept == (1, 1) else 302)


def test_marketing_can_be_switched_on_and_off_and_every_change_stays_on_record(signed_in: Client, member: Member) -> None:
    for given in (True, True, False):
        signed_in.post(reverse("profile_marketing"), {"marketing": "on"} if given else {})
    rows = list(member.consents.filter(kind="marketing").order_by("pk").values_list("given", "source"))
    assert rows == [(True, "profile"), (False, "profile")]
    assert not wants_marketing(member)


def test_devices_are_listed_and_one_can_be_logged_out(client: Client, member: Member, post: Post) -> None:
    phone = Client(headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130"})
    laptop = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/132"})
    for browser in (phone, laptop):
        log_in(browser, PHONE)
        enter_login_code(browser, post.sms_code())
    page = laptop.get(reverse("profile")).content.decode()
    assert "Chrome, Android" in page
    assert "Firefox, Windows" in page
    from allauth.usersessions.models import UserSession

    other = UserSession.objects.get(user_agent__contains="Android")
    assert laptop.get(reverse("end_session", args=[other.pk])).status_code == 405
    laptop.post(reverse("end_session", args=[other.pk]))
    assert phone.get(reverse("profile")).status_code == 302
    assert laptop.get(reverse("profile")).status_code == 200


def test_another_members_device_is_not_found(signed_in: Client, post: Post) -> None:
    from allauth.usersessions.models import UserSession

    other = MemberFactory(with_login=True)
    browser = sign_in(Client(), other)
    session = UserSession.objects.create(user=other.user, ip="127.0.0.1", session_key=browser.session.session_key)
    assert signed_in.post(reverse("end_session", args=[session.pk])).status_code == 404
    assert browser.get(reverse("profile")).status_code == 200


def test_all_devices_can_be_logged_out_at_once(post: Post, member: Member) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        log_in(browser, PHONE)
        enter_login_code(browser, post.sms_code())
    answer = browsers[0].post(reverse("end_all_sessions"))
    assert answer["Clear-Site-Data"] == '"storage"'
    assert all(browser.get(reverse("profile")).status_code == 302 for browser in browsers)


def test_a_first_password_and_its_change(signed_in: Client, member: Member, post: Post) -> None:
    words = "three-quiet-stations"
    assert signed_in.post(reverse("account_set_password"), {"password1": words, "password2": words}).url == reverse("profile")
    assert signed_in.post(reverse("account_set_password"), {}).url == reverse("account_change_password")
    other = "four-quiet-stations"
    fields = {"oldpassword": words, "password1": other, "password2": other}
    assert signed_in.post(reverse("account_change_password"), {**fields, "oldpassword": "no"}).status_code == 200
    assert signed_in.post(reverse("account_change_password"), fields).url == reverse("profile")
    assert member.user is not None
    member.user.refresh_from_db()
    assert member.user.check_password(other)
    assert len(post.mails()) == 2


def test_a_lost_card_is_blocked_and_replaced(signed_in: Client, member: Member) -> None:
    old = member.cards.get()
    assert signed_in.get(reverse("card_replace", args=[old.pk])).status_code == 200
    assert signed_in.post(reverse("card_replace", args=[old.pk]), {}).status_code == 200
    assert signed_in.post(reverse("card_replace", args=[old.pk]), {"reason": "staff"}).status_code == 200
    assert Card.objects.count() == 1
    signed_in.post(reverse("card_replace", args=[old.pk]), {"reason": "lost"})
    old.refresh_from_db()
    new = member.cards.get(is_primary=True)
    assert old.replaced_by == new
    assert new.number != old.number
    with pytest.raises(DomainError) as refused:
        cards.find(old.number)
    assert (refused.value.code, refused.value.details["reason"]) == ("card_blocked", "lost")
    assert cards.find(new.number) == new
    assert Event.objects.get(kind=EventKind.CARD_BLOCKED).payload == {"card": old.pk, "reason": "lost", "replaced_by": new.pk}


def test_a_card_is_replaced_once(signed_in: Client, member: Member) -> None:
    old = member.cards.get()
    for _ in range(2):
        signed_in.post(reverse("card_replace", args=[old.pk]), {"reason": "lost"})
    assert Card.objects.count() == 2


def test_another_members_card_is_not_found(signed_in: Client) -> None:
    other = MemberFactory(with_login=True).cards.get()
    assert signed_in.post(reverse("card_replace", args=[other.pk]), {"reason": "lost"}).status_code == 404
    other.refresh_from_db()
    assert other.blocked_at is None


@pytest.mark.parametrize("page", ["profile_name", "profile_birthday", "profile_marketing", "end_all_sessions"])
def test_changes_are_posted(signed_in: Client, page: str) -> None:
    assert signed_in.get(reverse(page)).status_code == 405


@pytest.mark.parametrize("page", ["profile", "signup_done", "mfa_add_webauthn"])
def test_visitors_are_sent_to_log_in(client: Client, page: str) -> None:
    assert client.get(reverse(page)).url.startswith(reverse("account_login"))


def test_another_members_passkey_is_not_found(signed_in: Client) -> None:
    from allauth.mfa.models import Authenticator

    other = MemberFactory(with_login=True)
    key = Authenticator.objects.create(user=other.user, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    assert signed_in.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 404


def test_the_page_costs_the_same_with_one_device_and_with_twenty(signed_in: Client, member: Member) -> None:
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    signed_in.get(reverse("profile"))  # the first page ever makes the programme
    counts = []
    for more in (1, 20):
        for _ in range(more):
            session = SessionStore()
            session.create()
            UserSession.objects.create(user=member.user, ip="127.0.0.1", session_key=session.session_key)
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(reverse("profile")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 12
