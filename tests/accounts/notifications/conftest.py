"""Servers that messages go to, and a worker that sends."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.domain.notifications import push, sending
from accounts.domain.notifications.sending import Sent
from tests.accounts.notifications.cast import NOON, SENDER
from tests.accounts.notifications.providers import Browser, Clock, MailServer, Provider, http_provider, mail_server


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def send(clock: Clock) -> Callable[..., Sent]:
    """A worker's pass."""

    def run(**options: Any) -> Sent:
        return sending.send_due(sender=SENDER, clock=clock, rest=clock.rest, **options)

    return run


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    """A mail server, and Django's SMTP backend that knows it."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.DEFAULT_FROM_EMAIL = "Жетон <noreply@points.example.org>"
        yield server


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An HTTP provider."""
    with http_provider() as server:
        yield server


@pytest.fixture
def smsc(settings: Any, provider: Provider) -> Provider:
    """SMSC.ru, as it answers when all is well."""
    settings.SMS_BACKEND = "smsc"
    settings.SMSC_URL, settings.SMSC_LOGIN, settings.SMSC_PASSWORD = provider.url, "zheton", "secret"
    settings.SMSC_API_KEY, settings.SMSC_SENDER, settings.SMSC_SECRET = "", "ZHETON", "callback-secret"
    provider.answer = lambda call: (200, json.dumps({"id": call.fields["id"], "cnt": 1, "cost": "3.20", "balance": "100.5"}))
    return provider


@pytest.fixture
def smsru(settings: Any, provider: Provider) -> Provider:
    """SMS.ru, as it answers when all is well."""
    settings.SMS_BACKEND = "smsru"
    settings.SMSRU_URL, settings.SMSRU_API_ID, settings.SMSRU_SENDER = provider.url, "api-id", ""

    def answer(call: Any) -> tuple[int, str]:
        one = {"status": "OK", "status_code": 100, "sms_id": f"000000-{len(provider.calls)}", "cost": "2.95"}
        return 200, json.dumps({"status": "OK", "status_code": 100, "sms": {call.fields["to"]: one}, "balance": 50})

    provider.answer = answer
    return provider


@pytest.fixture
def browser_push(settings: Any, provider: Provider) -> Callable[[str], Browser]:
    """A push service, and browsers that subscribe there."""
    settings.VAPID_PRIVATE_KEY, settings.VAPID_CONTACT = push.new_private_key(), "mailto:push@points.example.org"
    settings.PUSH_SERVICES = [provider.url.removeprefix("http://")]
    provider.answer = (201, "")
    return lambda name: Browser(f"{provider.url}/{name}")
