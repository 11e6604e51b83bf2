"""Write to us: a member's letter, a receipt for it, the answer by staff in the inbox and by mail."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.domain import rate_limit
from accounts.domain.notifications import queue
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.sender import Sender
from accounts.domain.rate_limit import Limit
from accounts.models import ContactRequest, Member, User
from accounts.models.contact_request import ContactRequestState, Topic
from loyalty.lib.errors import DomainError

_LETTERS = (Limit("letter.member", 5, 3600), Limit("letter.member.day", 15, 24 * 3600))
LONGEST = 4000


def write(member: Member, *, topic: Topic, text: str, sender: Sender, now: datetime, order_ref: int | None = None) -> ContactRequest:
    """Keep a letter, and tell the member that we have it. The caller has checked that the order is the member's.

    Raises DomainError: empty_letter, letter_too_long, too_many_letters.
    """
    text = text.strip()
    if not text:
        raise DomainError("empty_letter", gettext_noop("Write what it is about."))
    if len(text) > LONGEST:
        raise DomainError("letter_too_long", gettext_noop("The letter is too long: 4,000 characters at most."))
    if not rate_limit.allow(_LETTERS, key=str(member.pk), now=now):
        raise DomainError("too_many_letters", gettext_noop("You have written several letters already. We will answer them first."))
    with transaction.atomic():
        letter = ContactRequest.objects.create(member=member, topic=topic, order_ref=order_ref, text=text, created_at=now)
        queue.tell([_notice(letter, "letter", "letter_received", {"text": text})], sender=sender, now=now)
    return letter


def answer(letter_id: int, *, text: str, author: User, sender: Sender, now: datetime) -> ContactRequest:
    """Answer a letter: the answer arrives in the inbox and by mail. Raises DomainError: empty_answer, letter_settled."""
    if not text.strip():
        raise DomainError("empty_answer", gettext_noop("Write an answer."))
    with transaction.atomic():
        settled = ContactRequest.objects.filter(pk=letter_id, state=ContactRequestState.OPEN).update(
            state=ContactRequestState.ANSWERED, answer=text.strip(), answered_by=author, answered_at=now
        )
        if not settled:
            raise DomainError("letter_settled", gettext_noop("A colleague has settled this letter already."))
        letter = ContactRequest.objects.get(pk=letter_id)
        queue.tell([_notice(letter, "answer", "answer", {"answer": letter.answer})], sender=sender, now=now)
    return letter


def close(letter_id: int, *, author: User, now: datetime) -> None:
    """Settle a letter without an answer (spam, said on the phone). Raises DomainError letter_settled."""
    changed = ContactRequest.objects.filter(pk=letter_id, state=ContactRequestState.OPEN).update(
        state=ContactRequestState.CLOSED, answered_by=author, answered_at=now
    )
    if not changed:
        raise DomainError("letter_settled", gettext_noop("A colleague has settled this letter already."))


def _notice(letter: ContactRequest, key: str, scenario: str, values: dict[str, str]) -> Notice:
    """A message about a letter, which leads to it."""
    return Notice(f"{key}:{letter.pk}", letter.member_id, scenario, {"letter": letter.pk, **values}, url=reverse("letter", args=[letter.pk]))
