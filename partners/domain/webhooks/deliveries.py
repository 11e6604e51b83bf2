"""Deliveries: a row for every message and endpoint that wants it, until it has arrived or was given up; sending one once more."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from partners.domain.webhooks.endpoints import listeners
from partners.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookKind

KEEP_DELIVERED, KEEP_FAILED = timedelta(days=30), timedelta(days=90)
_PRUNE_CHUNK = 500


@dataclass(slots=True, frozen=True)
class WebhookMessage:
    """Something that happened at a partner, to be sent to those of its endpoints that want it."""

    partner_id: int
    event_id: int
    kind: WebhookKind
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


def queue(messages: Sequence[WebhookMessage], *, now: datetime) -> int:
    """Write deliveries for the endpoints that want the messages and existed when they happened. Repeating it adds nothing."""
    endpoints = listeners({message.partner_id for message in messages})
    rows = [
        WebhookDelivery(
            endpoint=endpoint,
            event_id=message.event_id,
            kind=message.kind,
            body=_body(message.kind, message.occurred_at, message.data),
            created_at=now,
            due_at=now,
        )
        for message in messages
        for endpoint in endpoints.get(message.partner_id, ())
        if endpoint.created_at <= message.recorded_at and (not endpoint.kinds or message.kind in endpoint.kinds)
    ]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=50)
    return len(rows)


def queue_test(endpoint: WebhookEndpoint, *, now: datetime) -> WebhookDelivery:
    """A message that only says that the connection works."""
    body = _body(WebhookKind.TEST, now, {"partner": endpoint.partner.slug})
    return WebhookDelivery.objects.create(endpoint=endpoint, kind=WebhookKind.TEST, body=body, created_at=now, due_at=now)


def replay(delivery_ids: Collection[int], *, now: datetime) -> int:
    """Send settled deliveries once more, with all attempts before them and the same id. Returns how many."""
    settled = WebhookDelivery.objects.filter(pk__in=delivery_ids).exclude(state=DeliveryState.PENDING)
    return settled.update(state=DeliveryState.PENDING, attempts=0, due_at=now, delivered_at=None, error="", response_status=None)


def prune(*, now: datetime) -> int:
    """Delete deliveries that arrived over 30 days ago or were given up over 90 days ago, a chunk a transaction."""
    old = Q(state=DeliveryState.DELIVERED, created_at__lt=now - KEEP_DELIVERED) | Q(state=DeliveryState.FAILED, created_at__lt=now - KEEP_FAILED)
    gone = 0
    while chunk := list(WebhookDelivery.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:_PRUNE_CHUNK]):
        gone += WebhookDelivery.objects.filter(pk__in=chunk).delete()[0]
    return gone


def _body(kind: str, occurred_at: datetime, data: dict[str, Any]) -> str:
    stamp = occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": str(kind), "timestamp": stamp, "data": data}, ensure_ascii=False, separators=(",", ":"))
