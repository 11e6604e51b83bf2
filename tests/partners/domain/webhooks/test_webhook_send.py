"""Deliveries reach a real receiver: signed, retried with back-off, given up, replayed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from partners.domain import webhooks
from partners.domain.webhooks import sending
from partners.models import DeliveryState, WebhookDelivery
from tests.partners.domain.webhooks.webhook_cast import NOW, Clock, Receiver, make_deliveries, make_endpoint, receiver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def till() -> Iterator[Receiver]:
    with receiver() as known:
        yield known


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_receiver_can_verify_what_it_gets(till: Receiver) -> None:
    endpoint = make_endpoint(till.url)
    (delivery,) = make_deliveries(endpoint, now=timezone.now())
    assert webhooks.send_due(clock=timezone.now) == 1
    (request,) = till.requests
    payload = Webhook(endpoint.secret).verify(request.body, request.headers)
    assert payload["type"] == "webhook.test"
    assert payload["data"] == {"partner": "bakery"}
    assert request.headers["webhook-id"] == f"msg_{delivery.uuid.hex}"
    assert request.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(request.body.replace("bakery", "brewery"), request.headers)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.response_status) == (DeliveryState.DELIVERED, 1, 204)
    assert webhooks.send_due(clock=timezone.now) == 0


def test_both_secrets_sign_for_a_day_after_a_rotation(till: Receiver, clock: Clock) -> None:
    endpoint = make_endpoint(till.url)
    old = endpoint.secret
    webhooks.rotate_secret(endpoint, now=NOW)
    for hours, verifies in [(23, True), (2, False)]:
        clock.pass_(hours=hours)
        make_deliveries(endpoint, now=clock())
        webhooks.send_due(clock=clock)
        with time_machine.travel(clock(), tick=False):
            Webhook(endpoint.secret).verify(till.requests[-1].body, till.requests[-1].headers)
            if verifies:
                Webhook(old).verify(till.requests[-1].body, till.requests[-1].headers)
            else:
                with pytest.raises(WebhookVerificationError):
                    Webhook(old).verify(till.requests[-1].body, till.requests[-1].headers)


def test_a_failed_message_comes_again_later_with_the_same_id_and_body(till: Receiver, clock: Clock) -> None:
    till.answers = [500, 503]
    (delivery,) = make_deliveries(make_endpoint(till.url))
    assert webhooks.send_due(clock=clock) == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.error) == (DeliveryState.PENDING, 1, "answered 500")
    assert webhooks.send_due(clock=clock) == 0
    assert len(till.requests) == 1  # not due yet
    clock.pass_(seconds=6)
    assert webhooks.send_due(clock=clock) == 0
    clock.pass_(seconds=70)
    assert webhooks.send_due(clock=clock) == 1
    first, _second, third = till.requests
    assert (first.headers["webhook-id"], first.body) == (third.headers["webhook-id"], third.body)
    assert first.headers["webhook-timestamp"] != third.headers["webhook-timestamp"]


def test_attempts_are_spread_over_most_of_a_day_then_it_is_given_up(till: Receiver, clock: Clock) -> None:
    till.status = 500
    endpoint = make_endpoint(till.url)
    (delivery,) = make_deliveries(endpoint)
    for _ in range(len(webhooks.PAUSES) + 1):
        webhooks.send_due(clock=clock)
        delivery.refresh_from_db()
        if delivery.state == DeliveryState.PENDING:
            clock.now = max(delivery.due_at, clock.now)
    assert delivery.state == DeliveryState.FAILED
    assert len(till.requests) == 8
    assert timedelta(hours=20) < clock.now - NOW <= timedelta(hours=24)
    clock.pass_(days=3)
    webhooks.send_due(clock=clock)
    assert len(till.requests) == 8


def test_a_receiver_says_when_it_wants_to_be_called_again(till: Receiver, clock: Clock) -> None:
    till.answers = [(429, {"Retry-After": "600"})]
    (delivery,) = make_deliveries(make_endpoint(till.url))
    webhooks.send_due(clock=clock)
    delivery.refresh_from_db()
    assert delivery.due_at == NOW + timedelta(seconds=600)


def test_one_message_a_receiver_refuses_doesnt_hold_up_the_others(till: Receiver, clock: Clock) -> None:
    till.answers = [204, 422, 204]
    make_deliveries(make_endpoint(till.url), 3)
    assert webhooks.send_due(clock=clock) == 2
    assert WebhookDelivery.objects.get(state=DeliveryState.PENDING).error == "answered 422"


def test_a_dead_endpoint_is_probed_with_one_message_at_a_time_and_delays_nobody(till: Receiver, clock: Clock) -> None:
    dead = make_endpoint("http://127.0.0.1:1/", slug="closed")
    make_deliveries(dead, 30)
    make_deliveries(make_endpoint(till.url), 2)
    assert webhooks.send_due(clock=clock) == 2
    assert sorted(dead.deliveries.values_list("attempts", flat=True)) == [0] * 29 + [1]
    clock.pass_(seconds=4)
    webhooks.send_due(clock=clock)
    assert sum(dead.deliveries.values_list("attempts", flat=True)) == 1
    clock.pass_(seconds=2)
    webhooks.send_due(clock=clock)
    assert sum(dead.deliveries.values_list("attempts", flat=True)) == 2
    assert dead.deliveries.filter(error="the connection was refused").count() == 2


def test_an_endpoint_that_answers_again_gets_all_that_waited(till: Receiver, clock: Clock) -> None:
    till.answers = [500, 500, 500]
    endpoint = make_endpoint(till.url)
    make_deliveries(endpoint, 25)
    webhooks.send_due(clock=clock)
    assert len(till.requests) == 3
    clock.pass_(minutes=5)
    assert webhooks.send_due(clock=clock) == 25
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.paused_until) == (0, None, None)


def test_after_a_day_of_failures_the_endpoint_is_disabled(till: Receiver, clock: Clock) -> None:
    till.status = 500
    endpoint = make_endpoint(till.url)
    for _ in range(40):
        make_deliveries(endpoint, now=clock())
        webhooks.send_due(clock=clock)
        clock.pass_(hours=1)
        endpoint.refresh_from_db()
        if not endpoint.is_active:
            break
    assert not endpoint.is_active
    assert timedelta(hours=24) <= endpoint.disabled_at - endpoint.failing_since < timedelta(hours=26)  # type: ignore[operator]
    assert endpoint.disabled_reason == "nothing has arrived for a day; last: answered 500"
    assert set(endpoint.deliveries.values_list("state", flat=True)) == {DeliveryState.FAILED}
    seen = len(till.requests)
    webhooks.send_due(clock=clock)
    assert len(till.requests) == seen


def test_410_disables_at_once_and_enabling_with_a_replay_sends_again(till: Receiver, clock: Clock) -> None:
    till.answers = [410]
    endpoint = make_endpoint(till.url)
    deliveries = make_deliveries(endpoint, 2)
    webhooks.send_due(clock=clock)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_at) == (False, NOW)
    assert len(till.requests) == 1
    webhooks.enable(endpoint)
    assert webhooks.replay([delivery.pk for delivery in deliveries], now=NOW) == 2
    assert webhooks.send_due(clock=clock) == 2
    assert till.requests[-1].headers["webhook-id"] in {delivery.message_id for delivery in deliveries}


def test_a_delivered_message_can_be_replayed_under_its_id(till: Receiver, clock: Clock) -> None:
    (delivery,) = make_deliveries(make_endpoint(till.url))
    webhooks.send_due(clock=clock)
    assert webhooks.replay([delivery.pk], now=NOW) == 1
    assert webhooks.replay([delivery.pk], now=NOW) == 0  # on its way already
    assert webhooks.send_due(clock=clock) == 1
    assert len({request.headers["webhook-id"] for request in till.requests}) == 1


def test_a_private_address_is_refused_at_sending_too(till: Receiver, clock: Clock, settings: Any) -> None:
    (delivery,) = make_deliveries(make_endpoint(till.url))
    settings.WEBHOOK_ALLOW_PRIVATE = False
    assert webhooks.send_due(clock=clock) == 0
    assert not till.requests
    delivery.refresh_from_db()
    assert delivery.error == "The address must begin with https:// and name a host."


def test_a_worker_that_died_while_sending_is_succeeded_after_its_claim(till: Receiver, clock: Clock) -> None:
    endpoint = make_endpoint(till.url)
    make_deliveries(endpoint)
    assert sending._claim(clock())  # and then it died
    assert webhooks.send_due(clock=clock) == 0
    clock.pass_(seconds=61)
    assert webhooks.send_due(clock=clock) == 1


def test_old_deliveries_are_pruned_and_pending_ones_kept(till: Receiver) -> None:
    endpoint = make_endpoint(till.url)
    delivered, failed, pending = make_deliveries(endpoint, 3)
    WebhookDelivery.objects.filter(pk=delivered.pk).update(state=DeliveryState.DELIVERED)
    WebhookDelivery.objects.filter(pk=failed.pk).update(state=DeliveryState.FAILED)
    assert webhooks.prune(now=NOW + timedelta(days=29)) == 0
    assert webhooks.prune(now=NOW + timedelta(days=31)) == 1
    assert webhooks.prune(now=NOW + timedelta(days=91)) == 1
    assert list(WebhookDelivery.objects.all()) == [pending]


def test_the_body_is_plain_json_with_a_utc_stamp(till: Receiver) -> None:
    (delivery,) = make_deliveries(make_endpoint(till.url))
    assert json.loads(delivery.body)["timestamp"] == "2026-03-02T12:00:00Z"
