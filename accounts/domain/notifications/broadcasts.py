"""Messages to many: begun at their time, queued in chunks, paused within seconds, counted while they go out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext_noop

from accounts.domain.notifications import queue
from accounts.domain.notifications.queue import Campaign, Notice
from accounts.domain.notifications.scenarios import BROADCAST
from accounts.domain.notifications.sender import Sender
from accounts.domain.notifications.texts import Wording, check
from accounts.models import Broadcast, Message
from accounts.models.broadcast import BroadcastState
from accounts.models.notification import Category, Channel, MessageState, Reason
from loyalty.lib.errors import DomainError

QUEUED_AT_ONCE = 2000
_CANCELLED_AT_ONCE = 5000

# The next members of a filter: (filter, as of when, after member id, how many) → ids, ascending. Filters know points and
# purchases, which this app doesn't.
type Audience = Callable[[dict[str, Any], datetime, int, int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast has come, by channel: state → number, and how many were opened and clicked."""

    states: dict[str, dict[str, int]]
    opened: dict[str, int]
    clicked: dict[str, int]


def check_texts(texts: dict[str, Any]) -> None:
    """Raises DomainError: no_text, unknown_language, unknown_placeholder."""
    if not texts:
        raise DomainError("no_text", gettext_noop("Write the text in at least one language."))
    for language, text in texts.items():
        if language not in dict(settings.LANGUAGES):
            raise DomainError("unknown_language", gettext_noop("There is no such language."))
        if not (text.get("title") and text.get("body")):
            raise DomainError("no_text", gettext_noop("A text needs a title and a body."))
        check([text.get(part, "") for part in ("title", "body", "sms", "button")], ())


def schedule(broadcast_id: int, *, at: datetime | None, now: datetime) -> None:
    """Release a draft: at an instant, or at once. Raises DomainError: broadcast_begun, no_text…"""
    check_texts(Broadcast.objects.values_list("texts", flat=True).get(pk=broadcast_id))
    drafts = Broadcast.objects.filter(pk=broadcast_id, state__in=(BroadcastState.DRAFT, BroadcastState.SCHEDULED))
    if not drafts.update(state=BroadcastState.SCHEDULED, scheduled_at=at or now):
        raise DomainError("broadcast_begun", gettext_noop("This broadcast has begun already."))
    queue.announce()


def pause(broadcast_id: int) -> None:
    """Stop queueing and sending: what a provider has by now can't be called back. Raises DomainError broadcast_not_running."""
    running = Broadcast.objects.filter(pk=broadcast_id, state__in=(BroadcastState.SCHEDULED, BroadcastState.QUEUEING, BroadcastState.SENDING))
    if not running.update(paused_from=F("state"), state=BroadcastState.PAUSED):
        raise DomainError("broadcast_not_running", gettext_noop("This broadcast isn't running."))


def resume(broadcast_id: int) -> None:
    """Go on where it was paused. Raises DomainError broadcast_not_paused."""
    if not Broadcast.objects.filter(pk=broadcast_id, state=BroadcastState.PAUSED).update(state=F("paused_from"), paused_from=""):
        raise DomainError("broadcast_not_paused", gettext_noop("This broadcast isn't paused."))
    queue.announce()


def cancel(broadcast_id: int) -> int:
    """End a broadcast; what hasn't left stays. Returns how many messages were stopped. Raises DomainError broadcast_not_running."""
    ended = (BroadcastState.DONE, BroadcastState.CANCELLED)
    if not Broadcast.objects.filter(pk=broadcast_id).exclude(state__in=ended).update(state=BroadcastState.CANCELLED):
        raise DomainError("broadcast_not_running", gettext_noop("This broadcast isn't running."))
    stopped = 0
    waiting = Message.objects.filter(broadcast_id=broadcast_id, state=MessageState.QUEUED)
    while chunk := list(waiting.values_list("pk", flat=True)[:_CANCELLED_AT_ONCE]):
        stopped += Message.objects.filter(pk__in=chunk, state=MessageState.QUEUED).update(state=MessageState.SUPPRESSED, reason=Reason.CANCELLED)
    return stopped


def work(*, audience: Audience, sender: Sender, clock: Callable[[], datetime], keep_on: Callable[[], bool] = lambda: True) -> int:
    """Begin what is scheduled, queue what is begun, close what is through. Returns how many members were looked at.

    Workers may do this side by side: a broadcast is one worker's while a chunk of it is queued.
    """
    now = clock()
    Broadcast.objects.filter(state=BroadcastState.SCHEDULED, scheduled_at__lte=now).update(state=BroadcastState.QUEUEING, started_at=now)
    looked_at = 0
    for pk in list(Broadcast.objects.filter(state=BroadcastState.QUEUEING).order_by("pk").values_list("pk", flat=True)):
        while keep_on() and (many := _queue_chunk(pk, audience=audience, sender=sender, now=clock())):
            looked_at += many
    for pk in list(Broadcast.objects.filter(state=BroadcastState.SENDING).values_list("pk", flat=True)):
        if not Message.objects.filter(broadcast_id=pk, state=MessageState.QUEUED).exists():
            Broadcast.objects.filter(pk=pk, state=BroadcastState.SENDING).update(state=BroadcastState.DONE, finished_at=clock())
    return looked_at


def progress(broadcast_id: int) -> Progress:
    """The counts of a broadcast; one query."""
    found = Progress({}, {}, {})
    rows = (
        Message.objects.filter(broadcast_id=broadcast_id)
        .exclude(reason=Reason.HOLD_OUT)
        .values_list("channel", "state")
        .annotate(many=Count("pk"), opened=Count("read_at"), clicked=Count("clicked_at"))
        .order_by("channel", "state")
    )
    for channel, state, many, opened, clicked in rows:
        found.states.setdefault(channel, {})[state] = many
        found.opened[channel] = found.opened.get(channel, 0) + opened
        found.clicked[channel] = found.clicked.get(channel, 0) + clicked
    return found


def is_held_out(broadcast_id: int, member_id: int, *, percent: int) -> bool:
    """Whether a member is in the hold-out group: by a hash, so that it is the same whenever one looks."""
    return int.from_bytes(sha256(f"broadcast:{broadcast_id}:{member_id}".encode()).digest()[:4], "big") % 100 < percent


def wordings(broadcast: Broadcast) -> dict[str, Wording]:
    """The texts as wordings; without words of its own an SMS is the title and the link."""
    return {
        language: Wording(text["title"], text["body"], text.get("sms") or f"{text['title']} {{link}}", text.get("button", ""))
        for language, text in broadcast.texts.items()
    }


def _queue_chunk(broadcast_id: int, *, audience: Audience, sender: Sender, now: datetime) -> int:
    """Queue the next members, in one transaction with the cursor: once each, whoever is killed when. 0: nothing to do."""
    with transaction.atomic():
        broadcast = Broadcast.objects.select_for_update(skip_locked=True).filter(pk=broadcast_id, state=BroadcastState.QUEUEING).first()
        if broadcast is None:
            return 0
        # Every page is of the same moment, however long queueing takes.
        ids = audience(broadcast.audience, broadcast.started_at or now, broadcast.cursor, QUEUED_AT_ONCE)
        if not ids:
            broadcast.state = BroadcastState.SENDING
            broadcast.save(update_fields=["state"])
            return 0
        held = {pk for pk in ids if broadcast.hold_out_pct and is_held_out(broadcast_id, pk, percent=broadcast.hold_out_pct)}
        key = f"broadcast:{broadcast_id}"
        campaign = Campaign(broadcast_id, Category(broadcast.category), wordings(broadcast), broadcast.url or "/")
        queue.tell((Notice(key, pk, BROADCAST) for pk in ids if pk not in held), sender=sender, now=now, campaign=campaign)
        Message.objects.bulk_create((_held_out(broadcast, pk, key, now) for pk in sorted(held)), ignore_conflicts=True, batch_size=1000)
        broadcast.cursor = ids[-1]
        broadcast.audience_size += len(ids)
        broadcast.held_out += len(held)
        broadcast.save(update_fields=["cursor", "audience_size", "held_out"])
        return len(ids)


def _held_out(broadcast: Broadcast, member_id: int, key: str, now: datetime) -> Message:
    return Message(
        event_key=key,
        member_id=member_id,
        category=broadcast.category,
        channel=Channel.INBOX,
        scenario=BROADCAST,
        broadcast=broadcast,
        state=MessageState.SUPPRESSED,
        reason=Reason.HOLD_OUT,
        priority=Category(broadcast.category).priority,
        planned_at=now,
        due_at=now,
        created_at=now,
    )


def counts(broadcast_id: int) -> dict[str, int]:
    """Sent, delivered, opened and clicked by members (whatever the channel), and how many were held out. One query."""
    in_inbox = Q(channel=Channel.INBOX, state=MessageState.DELIVERED)
    outside = ~Q(channel=Channel.INBOX)
    return Message.objects.filter(broadcast_id=broadcast_id).aggregate(
        in_inbox=Count("member_id", filter=in_inbox),
        sent=Count("member_id", filter=outside & Q(state__in=(MessageState.SENT, MessageState.DELIVERED)), distinct=True),
        delivered=Count("member_id", filter=outside & Q(state=MessageState.DELIVERED), distinct=True),
        opened=Count("member_id", filter=Q(read_at__isnull=False), distinct=True),
        clicked=Count("member_id", filter=Q(clicked_at__isnull=False), distinct=True),
        held_out=Count("member_id", filter=Q(reason=Reason.HOLD_OUT)),
    )
