"""What mail services report, through the real address: Mailgun signs its calls, Postmark proves itself by user and password.

The mail itself goes through django-anymail to a stand-in of Mailgun's HTTP interface, so that its number is the one reported.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.domain.notifications import queue, reach
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sending import Sent
from accounts.models import BadContact, Member, Message, NotificationChoice
from accounts.models.notification import Channel
from tests.accounts.notifications.cast import NOON, SENDER, make_reachable, only
from tests.accounts.notifications.providers import Provider

pytestmark = pytest.mark.django_db
KEY, SECRET = "key-of-their-webhooks", "zheton:a-long-secret"
MAILGUN = "/hooks/email/mailgun/"


@pytest.fixture
def mailgun(settings: Any, provider: Provider) -> Provider:
    """Mailgun, as it answers when all is well."""
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_API_URL": provider.url,
        "MAILGUN_SENDER_DOMAIN": "points.example.org",
        "MAILGUN_WEBHOOK_SIGNING_KEY": KEY,
        "WEBHOOK_SECRET": SECRET,
    }
    provider.answer = lambda call: (200, json.dumps({"id": f"<{len(provider.calls)}.mailgun@points.example.org>", "message": "Queued. Thank you."}))
    return provider


@pytest.fixture
def mailed(mailgun: Provider, send: Callable[..., Sent]) -> Member:
    """A member that Mailgun has taken one mail for."""
    member = make_reachable()
    tell(member)
    assert send().accepted == 1
    return member


def tell(member: Member, key: str = "event:1", scenario: str = "points_spent") -> None:
    values = {"points": 120, "partner": "Зерно и пар"} if scenario == "points_spent" else {}
    queue.tell([Notice(key, member.pk, scenario, values)], sender=SENDER, now=NOON)


def event(message_id: str, recipient: str, kind: str, *, key: str = KEY, **data: Any) -> dict[str, Any]:
    """A call as Mailgun documents it: the signature is the HMAC-SHA256 of timestamp and token."""
    at, token = str(int(time.time())), "0123456789abcdef" * 3
    signature = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    headers = {"message-id": message_id.strip("<>"), "to": recipient, "subject": "x"}
    found = {"event": kind, "timestamp": float(at), "id": "A", "recipient": recipient, "message": {"headers": headers}, "tags": ["points_spent"], **data}
    return {"signature": {"timestamp": at, "token": token, "signature": signature}, "event-data": found}


def call(body: dict[str, Any], *, address: str = MAILGUN, secret: str | None = SECRET) -> HttpResponse:
    """As the service calls: without a session, without CSRF's token."""
    headers = {"authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    answer = Client(enforce_csrf_checks=True).post(address, json.dumps(body), content_type="application/json", headers=headers)
    assert isinstance(answer, HttpResponse)
    return answer


def heard(member: Member, kind: str, **values: Any) -> int:
    """Mailgun reports of the member's mail."""
    body = event(only(member, Channel.EMAIL).provider_id, str(member.email), kind, **values)
    return call(body).status_code


def test_a_mail_carries_the_services_number_and_is_delivered_opened_and_clicked(mailed: Member, mailgun: Provider) -> None:
    message = only(mailed, Channel.EMAIL)
    assert (message.provider, message.provider_id) == ("mail:mailgun", "<1.mailgun@points.example.org>")
    sent = mailgun.calls[0].body.decode(errors="replace")
    assert "List-Unsubscribe" in sent
    assert "points_spent" in sent
    for kind in ("delivered", "opened", "clicked", "clicked", "delivered"):
        assert heard(mailed, kind) == 200
    message.refresh_from_db()
    assert message.state == "delivered"
    assert None not in (message.delivered_at, message.read_at, message.clicked_at)


BOUNCE = {"severity": "permanent", "reason": "bounce", "delivery-status": {"code": 550, "message": "5.1.1 The email account does not exist"}}


def test_a_hard_bounce_suppresses_what_follows_and_a_repetition_is_harmless(mailed: Member) -> None:
    for _ in range(3):
        assert heard(mailed, "failed", **BOUNCE) == 200
    message = only(mailed, Channel.EMAIL)
    assert (message.state, message.reason) == ("failed", "bounced")
    assert BadContact.objects.get().contact == reach.contact_hash(Channel.EMAIL, str(mailed.email))
    assert str(mailed.email) not in message.error
    tell(mailed, "event:2")
    assert tuple(Message.objects.values_list("state", "reason").get(event_key="event:2", channel="email")) == ("suppressed", "bad_contact")


def test_a_full_box_is_no_reason_to_stop(mailed: Member) -> None:
    assert heard(mailed, "failed", severity="temporary", reason="generic") == 200
    assert heard(mailed, "failed", severity="permanent", reason="generic") == 200
    assert only(mailed, Channel.EMAIL).reason == "undelivered"
    assert not BadContact.objects.exists()


@pytest.mark.parametrize("kind", ["complained", "unsubscribed"])
def test_a_complaint_ends_the_category_by_this_way(mailed: Member, kind: str) -> None:
    for _ in range(2):
        assert heard(mailed, kind) == 200
    choice = NotificationChoice.objects.get()
    assert (choice.category, choice.channel, choice.is_on) == ("points_spent", "email", False)
    assert not BadContact.objects.exists()
    tell(mailed, "event:2")
    assert not Message.objects.filter(event_key="event:2", channel="email").exists()


def test_a_complaint_about_service_suppresses_the_address(mailgun: Provider, send: Callable[..., Sent]) -> None:
    member = make_reachable()
    tell(member, "welcome", "welcome")
    send()
    assert heard(member, "unsubscribed") == 200
    assert not BadContact.objects.exists()
    assert heard(member, "complained") == 200
    assert BadContact.objects.get().reason == "complaint"


def test_an_unknown_number_is_harmless_and_its_address_is_still_noted(mailed: Member) -> None:
    assert call(event("<never@sent>", "somebody@example.org", "delivered")).status_code == 200
    assert call(event("<never@sent>", "somebody@example.org", "opened")).status_code == 200
    assert only(mailed, Channel.EMAIL).state == "sent"
    assert call(event("<never@sent>", "somebody@example.org", "failed", **BOUNCE)).status_code == 200
    assert BadContact.objects.get().contact == reach.contact_hash(Channel.EMAIL, "somebody@example.org")


@pytest.mark.parametrize(
    ("key", "secret"),
    [("another-key", SECRET), (KEY, "zheton:wrong"), (KEY, None)],
    ids=["wrong signature", "wrong password", "no password"],
)
def test_who_cannot_prove_who_they_are_changes_nothing(mailed: Member, key: str, secret: str | None) -> None:
    body = event(only(mailed, Channel.EMAIL).provider_id, str(mailed.email), "failed", key=key, **BOUNCE)
    assert call(body, secret=secret).status_code == 400
    assert only(mailed, Channel.EMAIL).state == "sent"
    assert not BadContact.objects.exists()


@pytest.mark.parametrize("body", [{}, {"signature": {}}, {"event-data": {"event": "failed"}}])
def test_nonsense_is_refused(mailgun: Provider, body: dict[str, Any]) -> None:
    assert call(body).status_code == 400


def test_only_the_service_in_use_has_an_address(mailgun: Provider, settings: Any) -> None:
    body = event("<1@x>", "x@example.org", "failed", **BOUNCE)
    assert call(body, address="/hooks/email/sendgrid/").status_code == 404
    assert call(body, address="/hooks/email/nobody/").status_code == 404
    settings.ANYMAIL = {name: value for name, value in settings.ANYMAIL.items() if name != "WEBHOOK_SECRET"}
    assert call(body).status_code == 404
    assert not BadContact.objects.exists()


def test_postmark_reports_too(settings: Any) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "WEBHOOK_SECRET": SECRET}
    member = make_reachable()
    tell(member)
    Message.objects.filter(channel="email").update(state="sent", provider="mail:postmark", provider_id="883953f4-6105-42a2-a16a-77a8eac79483")
    body = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "TypeCode": 1,
        "ID": 42,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Email": str(member.email),
        "BouncedAt": "2026-03-02T16:33:54.9070259Z",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    }
    assert call(body, address="/hooks/email/postmark/", secret="zheton:wrong").status_code == 400
    assert call(body, address="/hooks/email/postmark/").status_code == 200
    assert only(member, Channel.EMAIL).reason == "bounced"
    assert BadContact.objects.count() == 1
