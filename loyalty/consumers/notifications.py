"""Notifies members of what has just happened to them: turns events into notices. Facts older than 48 hours notify nobody."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.domain.notifications import queue
from accounts.domain.notifications.queue import Notice
from accounts.models import Card
from loyalty.domain import events
from loyalty.domain import programme as programmes
from loyalty.domain.programme import current_sender
from loyalty.enums import EntryKind, EventKind
from loyalty.lib import translation
from loyalty.lib.clock import business_day
from loyalty.lib.rows import id_set
from loyalty.models import Entry, Event, Level, Lot

# Credits that a member hears of by another message, or that only give back what was there.
_SILENT = (EntryKind.WELCOME, EntryKind.RETURN_REDEMPTION, EntryKind.IMPORT, EntryKind.EXPIRY, EntryKind.QUEST)


def _joined(found: Sequence[Event]) -> Iterator[Notice]:
    for event in found:
        if event.member_id is not None:
            # One welcome in a life, however somebody joined and joined again.
            yield Notice("welcome", event.member_id, "welcome")


def _credited(found: Sequence[Event]) -> Iterator[Notice]:
    """Points that can be spent at once; those of purchases are announced when they become available (reminders)."""
    by_entry = {event.payload["entry"]: event for event in found if event.payload.get("kind") not in _SILENT}
    lots = Lot.objects.filter(entry_id__in=id_set(by_entry)).values_list("entry_id", "points", "occurred_at", "available_at")
    at_once: dict[int, int] = {}
    for entry_id, points, occurred_at, available_at in lots:
        if available_at <= occurred_at:
            at_once[entry_id] = at_once.get(entry_id, 0) + points
    for entry_id, points in at_once.items():
        event = by_entry[entry_id]
        if event.member_id is not None:
            yield Notice(f"event:{event.pk}", event.member_id, "points_available", {"points": points})


def _spent(found: Sequence[Event]) -> Iterator[Notice]:
    by_entry = {event.payload["entry"]: event for event in found}
    entries = Entry.objects.filter(pk__in=id_set(by_entry), kind=EntryKind.REDEMPTION).select_related("partner")
    for entry in entries:
        values = {"points": -entry.points, "partner": entry.partner.name if entry.partner else "—"}
        url = f"/orders/{entry.order_id}/" if entry.order_id else ""
        yield Notice(f"event:{by_entry[entry.pk].pk}", entry.member_id, "points_spent", values, url=url)


def _card_blocked(found: Sequence[Event]) -> Iterator[Notice]:
    numbers = dict(Card.objects.filter(pk__in=id_set({event.payload.get("card", 0) for event in found})).values_list("pk", "number"))
    for event in found:
        if event.member_id is not None:
            number = numbers.get(event.payload.get("card", 0), "")
            yield Notice(f"event:{event.pk}", event.member_id, "card_blocked", {"card": f"•••• {number[-4:]}"})


def _level_reached(found: Sequence[Event]) -> Iterator[Notice]:
    names = _level_names(found)
    for event in found:
        if event.member_id is not None and event.payload.get("level") in names:
            yield Notice(f"event:{event.pk}", event.member_id, "level_reached", {"level": names[event.payload["level"]]})


def _level_at_risk(found: Sequence[Event]) -> Iterator[Notice]:
    names = _level_names(found)
    programme = programmes.current()
    for event in found:
        facts = event.payload
        tokens, money = int(facts.get("tokens_missing", 0)), Decimal(facts.get("turnover_missing", "0"))
        if event.member_id is None or facts.get("level") not in names or not (tokens or money):
            continue
        # The last day on which the level is held.
        until = business_day(datetime.fromisoformat(facts["at"]), programme.zone) - timedelta(days=1)
        need = ("tokens", tokens) if tokens else ("money", f"{money} {programme.currency}")
        values = {"level": names[facts["level"]], "until": until, "need": need}
        yield Notice(f"event:{event.pk}", event.member_id, "level_at_risk", values)


def _quest_completed(found: Sequence[Event]) -> Iterator[Notice]:
    for event in found:
        facts = event.payload
        reward = {"tokens": int(facts.get("tokens") or 0), "points": int(facts.get("points") or 0)}
        if event.member_id is not None and facts.get("title") and any(reward.values()):
            yield Notice(f"event:{event.pk}", event.member_id, "quest_completed", {"quest": facts.get("titles") or facts["title"], "reward": reward})


def _level_names(found: Sequence[Event]) -> dict[int, dict[str, str]]:
    levels = Level.objects.filter(pk__in=id_set({event.payload.get("level") or 0 for event in found}))
    return {level.pk: translation.each(level, "name") for level in levels}


NOTICES: dict[EventKind, Callable[[Sequence[Event]], Iterator[Notice]]] = {
    EventKind.MEMBER_JOINED: _joined,
    EventKind.POINTS_CREDITED: _credited,
    EventKind.POINTS_SPENT: _spent,
    EventKind.CARD_BLOCKED: _card_blocked,
    EventKind.LEVEL_REACHED: _level_reached,
    EventKind.LEVEL_AT_RISK: _level_at_risk,
    EventKind.QUEST_COMPLETED: _quest_completed,
}


@events.consumer("notifications", kinds=NOTICES)
def tell_members(events: Sequence[Event], *, now: datetime) -> None:
    """Write the messages of a batch of events, set-based; what was announced already isn't announced again."""
    news = [event for event in events if event.is_news(now)]
    notices: list[Notice] = []
    for kind, notices_of in NOTICES.items():
        found = [event for event in news if event.kind == kind]
        if found:
            notices += notices_of(found)
    if notices:
        queue.tell(notices, sender=current_sender(), now=now)
