"""/profile/notifications/: the matrix, quiet hours, caps, digest, the consent, browsers that allowed push."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.domain import consent
from accounts.domain.notifications import preferences, push
from accounts.models import Member, NotificationSettings, PushSubscription
from accounts.models.notification import Category, Channel
from tests.factories.accounts import MemberFactory, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/profile/notifications/"
RHYTHM = {
    "is_quiet": "on",
    "quiet_from": "22:00",
    "quiet_until": "08:00",
    "timezone": "",
    "cap_day": "2",
    "cap_week": "5",
    "digest": "off",
}
SUBSCRIPTION = {"endpoint": "https://fcm.googleapis.com/fcm/send/1", "p256dh": "BA" + "A" * 85, "auth": "A" * 22}


@pytest.fixture(autouse=True)
def english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def box(page: str, name: str) -> str:
    found = re.search(rf'<input\s+type="checkbox"\s+name="{re.escape(name)}"[^>]*>', page)
    assert found, f"no box {name}"
    return found[0]


def ticked(member: Member, **changes: bool) -> dict[str, str]:
    """The form as a browser sends it, with boxes changed."""
    on = {f"{row.category}.{cell.channel}": cell.is_on for row in preferences.overview(member).rows for cell in row.cells}
    on |= {name.replace("__", "."): is_on for name, is_on in changes.items()}
    return {**RHYTHM, **{name: "on" for name, is_on in on.items() if is_on}}


def wants(member: Member, category: Category, channel: Channel) -> bool:
    return preferences.load([member.pk])[member.pk].wants(category, channel)


def test_every_box_is_labelled_category_and_channel(signed_in: Client, member: Member) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    page = signed_in.get(PAGE).content.decode()
    assert 'aria-label="Сгорание баллов: почта"' in box(page, "points_expiring.email")
    assert len(re.findall(r'aria-label="[^":]+: (?:почта|SMS|push)"', page)) == 24


def test_the_page_costs_the_same_whatever_was_chosen(signed_in: Client, member: Member, django_assert_max_num_queries: Any) -> None:
    signed_in.post(PAGE, ticked(member, points_credited__sms=True, points_spent__sms=True, points_expiring__sms=True))
    with django_assert_max_num_queries(15):
        signed_in.get(PAGE)


def test_a_box_is_switched_and_nothing_else_changes(signed_in: Client, member: Member) -> None:
    answer = signed_in.post(PAGE, ticked(member, points_credited__sms=True, points_spent__email=False))
    assert answer.status_code == 302
    assert wants(member, Category.POINTS_CREDITED, Channel.SMS)
    assert not wants(member, Category.POINTS_SPENT, Channel.EMAIL)
    assert set(member.notification_choices.values_list("category", "channel", "source")) == {
        ("points_credited", "sms", "notifications"),
        ("points_spent", "email", "notifications"),
    }


def test_security_cannot_be_silenced_and_the_page_says_so(signed_in: Client, member: Member) -> None:
    answer = signed_in.post(PAGE, {**ticked(member, security__email=False, security__sms=False), "cap_day": "5"})
    assert answer.status_code == 422
    assert "One way must stay on" in answer.content.decode()
    assert wants(member, Category.SECURITY, Channel.EMAIL)
    assert not NotificationSettings.objects.filter(member=member).exists()


def test_the_last_way_of_security_is_locked(signed_in: Client, member: Member) -> None:
    assert signed_in.post(PAGE, ticked(member, security__sms=False)).status_code == 302
    page = signed_in.get(PAGE).content.decode()
    assert "checked disabled" in box(page, "security.email")
    assert "disabled" not in box(page, "security.sms")
    assert "checked disabled" in box(page, "service.email")


def test_an_unconfirmed_contact_is_off_with_a_link_that_mends_it(signed_in: Client, member: Member) -> None:
    EmailAddress.objects.filter(user=member.user).update(verified=False)
    page = signed_in.get(PAGE).content.decode()
    assert "the address isn&#x27;t confirmed" in page
    assert f'href="{reverse("profile_email")}"' in page
    assert "disabled" in box(page, "points_spent.email")
    assert "checked" not in box(page, "points_spent.email")
    forged = {**ticked(member), "points_spent.email": "on", "points_credited.email": "on"}
    assert signed_in.post(PAGE, forged).status_code == 302
    assert not member.notification_choices.exists()


def test_offers_wait_for_the_consent_and_it_is_recorded(signed_in: Client, member: Member) -> None:
    page = signed_in.get(PAGE).content.decode()
    assert "disabled" in box(page, "offers.email")
    assert "needs your consent" in page
    signed_in.post(reverse("notifications_consent"), {"given": "yes"})
    page = signed_in.get(PAGE).content.decode()
    assert "checked" in box(page, "offers.email")
    assert "disabled" not in box(page, "offers.email")
    assert "text version" in page
    assert "on this page" in page
    signed_in.post(reverse("notifications_consent"), {})
    assert not consent.wants_marketing(member)
    assert list(member.consents.filter(kind="marketing").order_by("pk").values_list("given", "source")) == [(True, "notifications"), (False, "notifications")]
    assert "Withdrawn" in signed_in.get(PAGE).content.decode()


def test_quiet_hours_caps_and_digest_are_kept(signed_in: Client, member: Member) -> None:
    values = {"quiet_from": "23:30", "quiet_until": "09:00", "timezone": "Asia/Omsk", "cap_day": "1", "cap_week": "3", "digest": "weekly"}
    assert signed_in.post(PAGE, {**ticked(member), **values}).status_code == 302
    kept = NotificationSettings.objects.get(member=member)
    assert (f"{kept.quiet_from:%H:%M}", f"{kept.quiet_until:%H:%M}", kept.timezone) == ("23:30", "09:00", "Asia/Omsk")
    assert (kept.cap_day, kept.cap_week, kept.digest, kept.is_quiet) == (1, 3, "weekly", True)
    assert '<option value="Asia/Omsk" selected>' in signed_in.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"quiet_from": "08:00"}, {"quiet_from": "x"}, {"timezone": "Mars/Olympus"}, {"cap_day": "999"}, {"digest": "hourly"}, {"cap_week": ""}]
)
def test_what_makes_no_sense_is_refused(signed_in: Client, member: Member, wrong: dict[str, str]) -> None:
    assert signed_in.post(PAGE, {**ticked(member, points_credited__sms=True), **wrong}).status_code == 422
    assert not NotificationSettings.objects.filter(member=member).exists()
    assert not member.notification_choices.exists()


def test_a_zone_that_support_set_stays_in_the_list(signed_in: Client, member: Member) -> None:
    NotificationSettings.objects.create(member=member, timezone="America/New_York", quiet_from="21:45")
    page = signed_in.get(PAGE).content.decode()
    assert '<option value="America/New_York" selected>' in page
    assert '<option value="21:45" selected>' in page


def test_a_browser_allows_push_and_is_forgotten(signed_in: Client, member: Member, settings: Any) -> None:
    assert "push-switch" not in signed_in.get(PAGE).content.decode()
    assert signed_in.post(reverse("push_allow"), SUBSCRIPTION).status_code == 422
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    assert f'key="{push.public_key()}"' in signed_in.get(PAGE).content.decode()
    assert signed_in.post(reverse("push_allow"), {**SUBSCRIPTION, "endpoint": "https://evil.example/"}).status_code == 422
    assert signed_in.post(reverse("push_allow"), SUBSCRIPTION, headers={"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130"}).status_code == 204
    device = PushSubscription.objects.get(member=member)
    page = signed_in.get(PAGE).content.decode()
    assert "Chrome, Android" in page
    assert "checked" in box(page, "points_spent.push")
    stranger = sign_in(Client(), MemberFactory(with_login=True))
    assert stranger.post(reverse("push_forget", args=[device.pk])).status_code == 404
    assert signed_in.post(reverse("push_forget", args=[device.pk])).status_code == 302
    assert not PushSubscription.objects.exists()


def test_the_profile_leads_here(signed_in: Client) -> None:
    page = signed_in.get(reverse("profile")).content.decode()
    for name in ("notifications", "inbox", "write"):
        assert f'href="{reverse(name)}"' in page
