"""Turns events into messages for the webhooks of the partner concerned.

A partner learns what happened at its own tills and shops, in its own numbers: no names, no contacts, no balance.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from loyalty.domain import events
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.rows import id_set
from loyalty.models import Entry, Event, Order, Return
from partners.domain.webhooks import WebhookMessage, anyone_listens, queue
from partners.models import WebhookKind

# What a message needs: partner id and data, by the event's id.
Facts = dict[int, tuple[int, dict[str, Any]]]


def _orders(found: Sequence[Event]) -> Facts:
    by_order = {event.payload["order"]: event.pk for event in found}
    facts = {}
    for order in Order.objects.filter(pk__in=id_set(by_order)):
        data = {
            "order": order.external_id,
            "occurred_at": _stamp(order.occurred_at),
            "total": str(order.total),
            "points_earned": order.points_earned,
            "points_redeemed": order.points_redeemed,
        }
        facts[by_order[order.pk]] = (order.partner_id, data)
    return facts


def _returns(found: Sequence[Event]) -> Facts:
    by_return = {event.payload["return"]: event.pk for event in found}
    facts = {}
    for made in Return.objects.filter(pk__in=id_set(by_return)).select_related("order"):
        data = {
            "return": made.external_id,
            "order": made.order.external_id if made.order else None,
            "occurred_at": _stamp(made.occurred_at),
            "total": str(made.total),
            "points_taken_back": made.points_due,
            "points_given_back": made.points_restored,
        }
        facts[by_return[made.pk]] = (made.partner_id, data)
    return facts


def _spends(found: Sequence[Event]) -> Facts:
    """Redemptions at a partner; adjustments and transfers are nobody's business there."""
    by_entry = {event.payload["entry"]: event.pk for event in found}
    facts = {}
    entries = Entry.objects.filter(pk__in=id_set(by_entry), kind=EntryKind.REDEMPTION, partner__isnull=False).select_related("order", "hold")
    for entry in entries:
        hold = getattr(entry, "hold", None)
        data = {
            "order": entry.order.external_id if entry.order else None,
            "hold": str(hold.pk) if hold else None,
            "occurred_at": _stamp(entry.occurred_at),
            "points": -entry.points,
        }
        if entry.partner_id is not None:
            facts[by_entry[entry.pk]] = (entry.partner_id, data)
    return facts


_KINDS: dict[EventKind, tuple[WebhookKind, Callable[[Sequence[Event]], Facts]]] = {
    EventKind.ORDER_RECORDED: (WebhookKind.ORDER_RECORDED, _orders),
    EventKind.RETURN_RECORDED: (WebhookKind.RETURN_RECORDED, _returns),
    EventKind.POINTS_SPENT: (WebhookKind.POINTS_SPENT, _spends),
}


@events.consumer("webhooks", kinds=_KINDS)
def queue_messages(events: Sequence[Event], *, now: datetime) -> None:
    """Write the deliveries. A back-fill notifies nobody: a fact must have been news when it was recorded."""
    news = [event for event in events if event.is_news(event.created_at)]
    if not news or not anyone_listens():
        return
    messages = []
    for event_kind, (kind, facts_of) in _KINDS.items():
        found = {event.pk: event for event in news if event.kind == event_kind}
        if not found:
            continue
        for pk, (partner_id, data) in facts_of(list(found.values())).items():
            event = found[pk]
            messages.append(WebhookMessage(partner_id, pk, kind, event.occurred_at, event.created_at, data))
    queue(messages, now=now)


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
