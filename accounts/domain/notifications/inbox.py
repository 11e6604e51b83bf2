"""The inbox in the cabinet: the same messages, whatever channels are on."""

from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Message
from accounts.models.notification import Channel, MessageState
from loyalty.lib.pagination import Cursor

PAGE = 20
KEEP_INBOX, KEEP_OTHERS = timedelta(days=400), timedelta(days=180)
_MOST_COUNTED = 100
_PRUNE_CHUNK = 1000


def messages(member_id: int) -> QuerySet[Message]:
    """A member's inbox, newest first."""
    return Message.objects.filter(member_id=member_id, channel=Channel.INBOX, state=MessageState.DELIVERED).order_by("-created_at", "-pk")


def page(member_id: int, *, after: Cursor | None = None, size: int = PAGE) -> tuple[list[Message], Cursor | None]:
    """A page of the inbox and the cursor of the next one (None: that was all). One query."""
    found = messages(member_id)
    if after is not None:
        found = found.filter(after.before("created_at"))
    rows = list(found[: size + 1])
    return rows[:size], Cursor(rows[size - 1].created_at, rows[size - 1].pk) if len(rows) > size else None


def unread(member_id: int) -> int:
    """How many messages the member hasn't opened, 100 at most: an index-only look, cheap enough for every page."""
    rows = Message.objects.filter(member_id=member_id, channel=Channel.INBOX, state=MessageState.DELIVERED, read_at__isnull=True)
    return len(rows.order_by().values_list("pk", flat=True)[:_MOST_COUNTED])


def unread_of(member_ref: str) -> Coalesce:
    """The same count as a column of a query that reads the member anyway: pages get it without a query of their own."""
    rows = Message.objects.filter(member_id=OuterRef(member_ref), channel=Channel.INBOX, state=MessageState.DELIVERED, read_at__isnull=True)
    return Coalesce(Subquery(rows.order_by().values("member_id").annotate(many=Count("pk")).values("many")), 0, output_field=IntegerField())


def read(member_id: int, message_id: int, *, now: datetime) -> Message | None:
    """Open one message: mark it read and give it. None: this member has no such message."""
    found = messages(member_id).filter(pk=message_id).first()
    if found is not None and found.read_at is None:
        Message.objects.filter(pk=found.pk, read_at__isnull=True).update(read_at=now)
        found.read_at = now
    return found


def read_all(member_id: int, *, now: datetime) -> int:
    """Mark the whole inbox read. Returns how many were unread."""
    return messages(member_id).filter(read_at__isnull=True).order_by().update(read_at=now)


def prune(*, now: datetime) -> int:
    """Delete messages nobody will ask about: inbox after 400 days, the others after 180. A chunk a statement."""
    old = Q(channel=Channel.INBOX, created_at__lt=now - KEEP_INBOX) | (
        ~Q(channel=Channel.INBOX) & ~Q(state=MessageState.QUEUED) & Q(created_at__lt=now - KEEP_OTHERS)
    )
    gone = 0
    while chunk := list(Message.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:_PRUNE_CHUNK]):
        gone += Message.objects.filter(pk__in=chunk).delete()[0]
    return gone
