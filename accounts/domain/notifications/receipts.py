"""What providers tell later: delivered, bounced, complaint, opened, clicked. Each is heard once or many times, in any order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.domain.notifications import preferences, reach
from accounts.models import BadContact, Member, Message
from accounts.models.notification import Category, Channel, MessageState, Reason
from loyalty.lib.errors import DomainError


class Verdict(StrEnum):
    """What a provider says of a message."""

    UNDERWAY = "underway"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One word of a provider about the message that it calls `provider_id`. `contact`: the one concerned, where it says so."""

    provider: str
    provider_id: str
    verdict: Verdict
    error: str = ""
    contact: str = ""


def record(receipt: Receipt, *, now: datetime) -> bool:
    """Write down what was heard. False: we know no such message (then only a contact that refuses is noted).

    A contact that bounced for good or complained gets nothing further; a complaint also ends the category for its member.
    """
    known = Message.objects.filter(provider_id=receipt.provider_id).exclude(provider_id="").filter(provider=receipt.provider).first()
    if receipt.verdict in (Verdict.HARD_BOUNCE, Verdict.COMPLAINT):
        _note_contact(receipt, known, now=now)
    if known is None:
        return False
    mine = Message.objects.filter(pk=known.pk)
    if receipt.verdict == Verdict.DELIVERED:
        # Queued: the receipt overtook our own note that it was sent.
        mine.filter(state__in=(MessageState.SENT, MessageState.QUEUED)).update(state=MessageState.DELIVERED, delivered_at=now, error="")
    elif receipt.verdict in (Verdict.UNDELIVERED, Verdict.HARD_BOUNCE):
        reason = Reason.BOUNCED if receipt.verdict == Verdict.HARD_BOUNCE else Reason.UNDELIVERED
        mine.filter(~Q(state=MessageState.DELIVERED) | Q(channel=Channel.EMAIL)).update(state=MessageState.FAILED, reason=reason, error=receipt.error[:200])
    elif receipt.verdict == Verdict.OPENED:
        mine.update(read_at=Coalesce(F("read_at"), now))
    elif receipt.verdict == Verdict.CLICKED:
        mine.update(read_at=Coalesce(F("read_at"), now), clicked_at=Coalesce(F("clicked_at"), now))
    elif receipt.verdict == Verdict.UNSUBSCRIBED:
        _silence(known, source="mail_service", now=now)
    return True


def note_bad_contact(channel: Channel, contact: str, *, reason: str, now: datetime) -> None:
    """Nothing further goes to a contact."""
    BadContact.objects.get_or_create(pk=reach.contact_hash(channel, contact), defaults={"channel": channel, "reason": reason[:16], "at": now})


def forgive_contact(channel: Channel, contact: str) -> bool:
    """A contact was proven again, or staff vouch for it: it may be tried again."""
    return bool(BadContact.objects.filter(pk=reach.contact_hash(channel, contact)).delete()[0])


def _note_contact(receipt: Receipt, known: Message | None, *, now: datetime) -> None:
    contact = receipt.contact
    channel = Channel(known.channel) if known is not None else Channel.EMAIL
    if known is not None and not contact:
        holder = Member.objects.select_related("user").get(pk=known.member_id)
        contact = str((holder.user.email if channel == Channel.EMAIL else holder.user.phone) or "") if holder.user else ""
    if not contact:
        return
    if receipt.verdict == Verdict.HARD_BOUNCE:
        note_bad_contact(channel, contact, reason="bounced", now=now)
    elif known is None or not _silence(known, source="complaint", now=now):
        # Service can't be silenced, but who calls it spam must not get it by this way again.
        note_bad_contact(channel, contact, reason="complaint", now=now)


def _silence(known: Message, *, source: str, now: datetime) -> bool:
    """End the category of a message for its channel. False: it can't be silenced."""
    try:
        preferences.silence(Member.objects.get(pk=known.member_id), category=Category(known.category), channel=Channel(known.channel), source=source, now=now)
    except DomainError:
        return False
    return True
