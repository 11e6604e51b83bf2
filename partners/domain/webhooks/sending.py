"""Messages to partners' systems by the Standard Webhooks specification (standardwebhooks.com).

Deliveries are rows; sending them works outside transactions and at least once: a worker claims an endpoint
for a while, sends, and records the outcome. A worker that dies in between sends again under the same
`webhook-id`. All instants are UTC.
"""

import base64
import json
import secrets
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import uniform
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from standardwebhooks import Webhook

from partners.domain.webhooks.post import Answer, NotSent, check_url, post
from partners.models import DeliveryState, Partner, WebhookDelivery, WebhookEndpoint, WebhookKind

logger = structlog.get_logger(__name__)

# What a message waits after each failed attempt: some 22 hours in all. Then it is given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 2 * 3600, 6 * 3600, 13 * 3600))
# An endpoint that answers to nothing is tried with one message at a time, ever more seldom.
LONGEST_PAUSE = timedelta(hours=1)
# … and disabled when nothing has arrived for this long.
DISABLE_AFTER = timedelta(hours=24)
DISABLE_AFTER_FAILURES = 10
SECRET_OVERLAP = timedelta(hours=24)
KEEP_DELIVERED, KEEP_FAILED = timedelta(days=30), timedelta(days=90)

_CLAIM = timedelta(seconds=60)
_ENDPOINTS_AT_ONCE = 8
_MESSAGES_AT_ONCE = 20
_FAILURES_AT_ONCE = 3
_PRUNE_CHUNK = 500
_GONE = 410


@dataclass(slots=True, frozen=True)
class Message:
    """Something that happened at a partner, to be told to those of its endpoints that want it."""

    partner_id: int
    event_id: int
    kind: WebhookKind
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


@dataclass(slots=True, frozen=True)
class _Attempt:
    delivery: WebhookDelivery
    at: datetime
    answer: Answer | None
    error: str

    @property
    def arrived(self) -> bool:
        return not self.error


def create_endpoint(*, partner: Partner, url: str, kinds: Sequence[WebhookKind] = (), description: str = "", now: datetime) -> WebhookEndpoint:
    """Register an address with a fresh secret. Raises DomainError bad_webhook_url."""
    check_url(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
    return WebhookEndpoint.objects.create(
        partner=partner, url=url, kinds=[str(kind) for kind in kinds], description=description, secret=new_secret(), created_at=now
    )


def new_secret() -> str:
    """A signing secret as receivers' libraries expect it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def rotate_secret(endpoint: WebhookEndpoint, *, now: datetime) -> None:
    """Give a new secret; the old one signs too for a day, so that the receiver can change over in peace."""
    endpoint.previous_secret, endpoint.previous_secret_until = endpoint.secret, now + SECRET_OVERLAP
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_secret_until"])


def enable(endpoint: WebhookEndpoint) -> None:
    """Let messages go out again, those that wait included. What was given up needs a replay."""
    endpoint.is_active = True
    forgive(endpoint)
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_reason", "failures", "failing_since", "paused_until"])


def disable(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    """Send nothing there any more; what was on its way is given up, and can be replayed once it is enabled again."""
    _disable(endpoint, reason=reason, now=now)
    endpoint.save(update_fields=["is_active", "disabled_at", "disabled_reason"])


def forgive(endpoint: WebhookEndpoint) -> None:
    """Forget past failures of an endpoint that is (made) active. The caller saves."""
    endpoint.disabled_at, endpoint.disabled_reason = None, ""
    endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None


def listeners(partner_ids: Collection[int]) -> dict[int, list[WebhookEndpoint]]:
    """The active endpoints of partners, by partner."""
    found: dict[int, list[WebhookEndpoint]] = {}
    for endpoint in WebhookEndpoint.objects.filter(is_active=True, partner_id__in=set(partner_ids)):
        found.setdefault(endpoint.partner_id, []).append(endpoint)
    return found


def anyone_listens() -> bool:
    """Whether any endpoint is active."""
    return WebhookEndpoint.objects.filter(is_active=True).exists()


def queue(messages: Sequence[Message], *, now: datetime) -> int:
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


def any_due(*, now: datetime) -> bool:
    """Whether some endpoint could be sent something now."""
    return _due_endpoints(now).exists()


def send_due(*, clock: Callable[[], datetime], keep_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due until nothing is, or until `keep_on` says no. Returns how many messages arrived.

    Must run outside a transaction. Several workers may send at once, one an endpoint.
    """
    arrived = 0
    with ThreadPoolExecutor(_ENDPOINTS_AT_ONCE, thread_name_prefix="webhooks") as pool:
        while keep_on() and (claimed := _claim(clock())):
            # Threads only talk HTTP; the database is this thread's.
            sending = {pool.submit(_send_some, endpoint, deliveries, clock, settings.WEBHOOK_ALLOW_PRIVATE): endpoint for endpoint, deliveries in claimed}
            for done in as_completed(sending):
                attempts = done.result()
                _record(sending[done], attempts)
                arrived += sum(attempt.arrived for attempt in attempts)
    return arrived


def prune(*, now: datetime) -> int:
    """Delete deliveries that arrived over 30 days ago or were given up over 90 days ago, a chunk a transaction."""
    old = Q(state=DeliveryState.DELIVERED, created_at__lt=now - KEEP_DELIVERED) | Q(state=DeliveryState.FAILED, created_at__lt=now - KEEP_FAILED)
    gone = 0
    while chunk := list(WebhookDelivery.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:_PRUNE_CHUNK]):
        gone += WebhookDelivery.objects.filter(pk__in=chunk).delete()[0]
    return gone


def signed_headers(endpoint: WebhookEndpoint, *, message_id: str, body: str, at: datetime) -> dict[str, str]:
    """The headers of one attempt: signed with the secret, and with the previous one while that is valid."""
    keys = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_secret_until and at < endpoint.previous_secret_until:
        keys.append(endpoint.previous_secret)
    # The library takes the digits of the instant for UTC whatever its zone.
    signatures = [Webhook(key).sign(msg_id=message_id, timestamp=at.astimezone(UTC), data=body) for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Zheton-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _body(kind: str, occurred_at: datetime, data: dict[str, Any]) -> str:
    stamp = occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": str(kind), "timestamp": stamp, "data": data}, ensure_ascii=False, separators=(",", ":"))


def _due_endpoints(now: datetime) -> QuerySet[WebhookEndpoint]:
    due = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), state=DeliveryState.PENDING, due_at__lte=now)
    return WebhookEndpoint.objects.filter(
        Exists(due),
        Q(paused_until__isnull=True) | Q(paused_until__lte=now),
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
        is_active=True,
    ).order_by(F("claimed_until").asc(nulls_first=True), "pk")


def _claim(now: datetime) -> list[tuple[WebhookEndpoint, list[WebhookDelivery]]]:
    """Endpoints that are ours for a while, each with messages to send."""
    claimed = []
    until = now + _CLAIM
    for endpoint in _due_endpoints(now)[:_ENDPOINTS_AT_ONCE]:
        if not _due_endpoints(now).filter(pk=endpoint.pk).order_by().update(claimed_until=until):
            continue
        endpoint.claimed_until = until
        # An endpoint that has failed is probed with one message.
        many = 1 if endpoint.failures else _MESSAGES_AT_ONCE
        due = endpoint.deliveries.filter(state=DeliveryState.PENDING, due_at__lte=now).order_by("due_at", "pk")
        claimed.append((endpoint, list(due[:many])))
    return claimed


def _send_some(endpoint: WebhookEndpoint, deliveries: Sequence[WebhookDelivery], clock: Callable[[], datetime], allow_private: bool) -> list[_Attempt]:
    """Send one after the other; stop where going on makes no sense, or our claim would run out."""
    attempts: list[_Attempt] = []
    in_a_row = 0
    for delivery in deliveries:
        if endpoint.claimed_until is None or clock() > endpoint.claimed_until - _CLAIM / 2:
            break
        attempt = _send(endpoint, delivery, at=clock(), allow_private=allow_private)
        attempts.append(attempt)
        in_a_row = 0 if attempt.arrived else in_a_row + 1
        if in_a_row == _FAILURES_AT_ONCE or (not attempt.arrived and (attempt.answer is None or attempt.answer.status == _GONE)):
            break
    return attempts


def _send(endpoint: WebhookEndpoint, delivery: WebhookDelivery, *, at: datetime, allow_private: bool) -> _Attempt:
    headers = signed_headers(endpoint, message_id=delivery.message_id, body=delivery.body, at=at)
    try:
        answer = post(endpoint.url, delivery.body.encode(), headers, allow_private=allow_private)
    except NotSent as error:
        return _Attempt(delivery, at, None, str(error))
    if 200 <= answer.status < 300:
        return _Attempt(delivery, at, answer, "")
    redirect = 300 <= answer.status < 400
    return _Attempt(delivery, at, answer, f"answered {answer.status}{': redirects are not followed' if redirect else ''}")


def _record(endpoint: WebhookEndpoint, attempts: Sequence[_Attempt]) -> None:
    """Write down what came of the attempts, and give the endpoint back."""
    with transaction.atomic():
        mine = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk, claimed_until=endpoint.claimed_until).first()
        for attempt in attempts:
            _record_delivery(attempt)
        if mine is None:
            # The claim ran out and another worker is at it: its verdict on the endpoint counts.
            return
        mine.claimed_until = None
        if attempts:
            _judge(mine, attempts)
        mine.save(update_fields=["claimed_until", "failures", "failing_since", "paused_until", "is_active", "disabled_at", "disabled_reason"])


def _record_delivery(attempt: _Attempt) -> None:
    delivery = attempt.delivery
    changes: dict[str, Any] = {
        "attempts": F("attempts") + 1,
        "last_attempt_at": attempt.at,
        "response_status": attempt.answer.status if attempt.answer else None,
        "error": attempt.error[:300],
    }
    if attempt.arrived:
        changes |= {"state": DeliveryState.DELIVERED, "delivered_at": attempt.at}
    elif delivery.attempts >= len(PAUSES):
        changes |= {"state": DeliveryState.FAILED}
    else:
        wait = PAUSES[delivery.attempts] * uniform(1, 1.1)
        asked = timedelta(seconds=(attempt.answer.retry_after or 0) if attempt.answer else 0)
        changes |= {"due_at": attempt.at + max(wait, min(asked, timedelta(days=1)))}
    WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING).update(**changes)


def _judge(endpoint: WebhookEndpoint, attempts: Sequence[_Attempt]) -> None:
    """What the attempts say about the endpoint: well, to be left alone for a while, or to be disabled."""
    last = attempts[-1]
    if any(attempt.arrived for attempt in attempts):
        endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
        return
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or attempts[0].at
    endpoint.paused_until = last.at + min(PAUSES[min(endpoint.failures, len(PAUSES)) - 1], LONGEST_PAUSE)
    if last.answer is not None and last.answer.status == _GONE:
        _disable(endpoint, reason="the receiver answered 410 Gone", now=last.at)
    elif endpoint.failures >= DISABLE_AFTER_FAILURES and last.at - endpoint.failing_since >= DISABLE_AFTER:
        _disable(endpoint, reason=f"nothing has arrived for a day; last: {last.error}", now=last.at)


def _disable(endpoint: WebhookEndpoint, *, reason: str, now: datetime) -> None:
    endpoint.is_active, endpoint.disabled_at, endpoint.disabled_reason = False, now, reason[:300]
    endpoint.deliveries.filter(state=DeliveryState.PENDING).update(state=DeliveryState.FAILED, error="the webhook was disabled")
    logger.warning("webhook_disabled", endpoint_id=endpoint.pk, partner_id=endpoint.partner_id)
