"""What the tests of messages share: who they come from, members with wishes, the rows there are."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.domain import consent
from accounts.domain.notifications.sender import Sender
from accounts.models import Member, Message
from accounts.models.consent import ConsentKind
from accounts.models.notification import Channel
from tests.factories.accounts import MemberFactory

# Noon in Moscow on a Monday: nobody's night.
NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENDER = Sender(name="Жетон", zone=ZoneInfo("Europe/Moscow"), site_url="https://points.example.org")


def make_reachable(*, marketing: bool = False, language: str = "ru", **values: Any) -> Member:
    """A member with a log-in, a proven phone and e-mail."""
    member: Member = MemberFactory(with_login=True, user__language=language, joined_at=NOON, **values)
    if marketing:
        consent.record(member=member, kind=ConsentKind.MARKETING, given=True, version="1", source="test", at=NOON)
    return member


def states(member: Member, event_key: str | None = None) -> dict[str, str]:
    """Channel → state of a member's messages (of one fact)."""
    found = Message.objects.filter(member=member)
    if event_key:
        found = found.filter(event_key=event_key)
    return dict(found.values_list("channel", "state"))


def only(member: Member, channel: Channel) -> Message:
    """The member's one message on a channel."""
    return Message.objects.get(member=member, channel=channel)
