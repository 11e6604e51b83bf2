"""Messages that the demo's members have had, a letter that waits for an answer, and a broadcast to try."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from accounts.domain.notifications import queue
from accounts.domain.notifications.queue import Notice
from accounts.models import Broadcast, ContactRequest, Member, Message
from accounts.models.contact_request import Topic
from accounts.models.notification import Channel, MessageState
from loyalty.domain.ledger import balances
from loyalty.domain.programme import sender_of
from loyalty.lib.rows import id_set
from loyalty.models import Entry, Programme

_BROADCAST = "Десятая чашка"
_TEXTS = {
    "ru": {"title": "{name}, десятая чашка за счёт заведения", "body": "До воскресенья во всех кофейнях программы.", "button": "Посмотреть предложения"},
    "en": {"title": "{name}, the tenth cup is on the house", "body": "Until Sunday, in every coffee shop of the programme.", "button": "See the offers"},
}
_LETTER = "Купила вчера корм в «Лапе», баллы за него не вижу. Чек сохранился."


def load(members: dict[int, Member], *, anchor: datetime, programme: Programme) -> None:
    """Messages of the last weeks for the members with a log-in; nothing of it leaves. Once, however often it is loaded."""
    known = list(Member.objects.filter(pk__in=id_set(member.pk for member in members.values()), user__isnull=False).order_by("pk"))
    sender = sender_of(programme)
    with transaction.atomic():
        for days, notices in sorted(_notices(known, anchor=anchor, programme=programme).items(), reverse=True):
            queue.tell(notices, sender=sender, now=anchor - timedelta(days=days))
        mine = Message.objects.filter(event_key__startswith="demo:")
        mine.filter(state=MessageState.QUEUED).update(state=MessageState.DELIVERED, provider="demo", sent_at=F("created_at"), delivered_at=F("created_at"))
        mine.filter(channel=Channel.INBOX, read_at__isnull=True, created_at__lt=anchor - timedelta(days=5)).update(read_at=F("created_at"))
        Broadcast.objects.get_or_create(name=_BROADCAST, defaults={"texts": _TEXTS, "url": "/partners/", "hold_out_pct": 10, "created_at": anchor})
        if known and not ContactRequest.objects.filter(text=_LETTER).exists():
            ContactRequest.objects.create(member=known[0], topic=Topic.POINTS, text=_LETTER, created_at=anchor - timedelta(hours=3))


def _notices(known: list[Member], *, anchor: datetime, programme: Programme) -> dict[int, list[Notice]]:
    """How many days ago → the notices of then: to each member what fits their account."""
    points = balances([member.pk for member in known], programme=programme, at=anchor)
    last_spend = {
        member_id: (-amount, name or "")
        for member_id, amount, name in Entry.objects.filter(member_id__in=id_set(member.pk for member in known), kind="redemption", occurred_at__lte=anchor)
        .order_by("occurred_at", "pk")
        .values_list("member_id", "points", "partner__name")
    }
    planned: dict[int, list[Notice]] = {21: [], 9: [], 2: [], 1: []}
    for member in known:
        planned[21].append(Notice("demo:welcome", member.pk, "welcome"))
        if member.pk in last_spend:
            spent, partner = last_spend[member.pk]
            planned[9].append(Notice("demo:spent", member.pk, "points_spent", {"points": spent, "partner": partner}))
        balance = points[member.pk]
        if balance.available > 0:
            planned[2].append(Notice("demo:available", member.pk, "points_available", {"points": min(balance.available, 64)}))
        if balance.expiring_by_date:
            first = min(balance.expiring_by_date)
            values = {"points": balance.expiring, "date": first, "days": max((first - anchor.date()).days, 1)}
            rows = [(("day", on), ("points", many)) for on, many in balance.expiring_by_date.items()]
            planned[1].append(Notice("demo:expiring", member.pk, "points_expiring", values, rows))
    return planned
