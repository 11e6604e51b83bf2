"""What the tests of accounts share: texts that were sent, codes read from them, a visitor who walks the pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.core import mail
from django.test import Client

from accounts.domain.notifications import sms_backend
from accounts.domain.notifications.sms_backend import Accepted, SmsBackend
from accounts.models import Member
from tests.factories.accounts import MemberFactory, sign_in

PHONE = "+79001230042"
EMAIL = "maria@example.org"


class KeptSms(SmsBackend):
    """A backend that keeps what it is given."""

    slug = "kept"
    sent: list[tuple[str, str]] = []

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Keep it."""
        self.sent.append((to, text))
        return Accepted(is_final=True)


@dataclass
class Post:
    """What left for people: texts and mails."""

    texts: list[tuple[str, str]] = field(default_factory=lambda: KeptSms.sent)

    def sms_code(self, to: str = PHONE) -> str:
        """The last code sent to a phone."""
        return _code([text for number, text in self.texts if number == to])

    def mail_code(self, to: str = EMAIL) -> str:
        """The last code sent to an e-mail."""
        return _code([str(message.body) for message in mail.outbox if message.to == [to]])

    def mails(self, to: str = EMAIL) -> list[str]:
        """Subjects of what an e-mail got."""
        return [message.subject for message in mail.outbox if message.to == [to]]


def _code(texts: list[str]) -> str:
    found = re.search(r"\b(\d{6})\b", texts[-1])
    assert found, f"no code in {texts[-1]!r}"
    return found[1]


@pytest.fixture
def post(settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Texts and mails that the test caused."""
    monkeypatch.setattr(sms_backend, "backend", KeptSms)
    settings.NOTIFY_IN_BACKGROUND = False  # type: ignore[attr-defined]
    KeptSms.sent.clear()
    yield Post()
    KeptSms.sent.clear()


@pytest.fixture
def member(db: None) -> Member:
    """A member with a log-in, both contacts proven, one card."""
    return MemberFactory(with_login=True, user__phone=PHONE, user__email=EMAIL)


@pytest.fixture
def signed_in(client: Client, member: Member) -> Client:
    """The browser of `member`."""
    return sign_in(client, member)
