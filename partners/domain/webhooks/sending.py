"""Sending what is due: a worker claims an endpoint for a while, sends, and records the outcome.

A worker that dies in between leaves its claim to run out; the next one sends again under the same `webhook-id`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from partners.domain.webhooks.endpoints import switch_off
from partners.domain.webhooks.post import Answer, NotSent, post
from partners.domain.webhooks.signature import signed_headers
from partners.models import DeliveryState, WebhookDelivery, WebhookEndpoint

# What a message waits after each failed attempt: some 22 hours in all. Then it is given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 2 * 3600, 6 * 3600, 13 * 3600))
# An endpoint that answers to nothing is tried with one message at a time, ever more seldom.
LONGEST_PAUSE = timedelta(hours=1)
# … and disabled when nothing has arrived for this long.
DISABLE_AFTER = timedelta(hours=24)
DISABLE_AFTER_FAILURES = 10

_CLAIM = timedelta(seconds=60)
_ENDPOINTS_AT_ONCE = 8
_MESSAGES_AT_ONCE = 20
_FAILURES_AT_ONCE = 3
_GONE = 410


@dataclass(slots=True, frozen=True)
class _Attempt:
    delivery: WebhookDelivery
    at: datetime
    answer: Answer | None
    error: str

    @property
    def arrived(self) -> bool:
        return not self.error


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
        switch_off(endpoint, reason="the receiver answered 410 Gone", now=last.at)
    elif endpoint.failures >= DISABLE_AFTER_FAILURES and last.at - endpoint.failing_since >= DISABLE_AFTER:
        switch_off(endpoint, reason=f"nothing has arrived for a day; last: {last.error}", now=last.at)
