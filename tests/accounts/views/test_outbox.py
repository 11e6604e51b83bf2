"""/dev/outbox/: codes for developers, nothing for anybody else."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.domain import notify
from tests.accounts.conftest import EMAIL, PHONE
from tests.accounts.walk import begin, enter_phone_code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def development(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.DEBUG = True  # type: ignore[attr-defined]
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "accounts.mail.OutboxEmailBackend"  # type: ignore[attr-defined]
    settings.SMS_BACKEND = "accounts.sms.backends.OutboxSms"  # type: ignore[attr-defined]
    settings.NOTIFY_IN_BACKGROUND = False  # type: ignore[attr-defined]


def code_of(channel: str) -> str:
    import re

    message = next(sent for sent in notify.outbox() if sent.channel == channel)
    return re.search(r"\b\d{6}\b", message.text)[0]  # type: ignore[index]


def test_mails_and_texts_can_be_read_with_their_codes(client: Client) -> None:
    begin(client)
    enter_phone_code(client, code_of("sms"))
    page = client.get(reverse("dev_outbox")).content.decode()
    assert code_of("sms") in page
    assert code_of("email") in page
    assert PHONE in page
    assert EMAIL in page


def test_without_debug_it_is_not_there(client: Client, settings: pytest.FixtureRequest) -> None:
    settings.DEBUG = False  # type: ignore[attr-defined]
    assert client.get(reverse("dev_outbox")).status_code == 404


def test_only_the_newest_are_kept() -> None:
    for turn in range(205):
        notify.put_in_outbox(channel="sms", to=PHONE, subject="", text=f"text {turn}", at=timezone.now())
    assert [sent.text for sent in notify.outbox(limit=1000)] == [f"text {turn}" for turn in range(204, 4, -1)]
