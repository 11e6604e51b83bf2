"""What a partner hears of: its own orders, returns and spends, once, in its own numbers, and no back-fills."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.domain import events, ledger, orders
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import ReturnOf, Sale
from loyalty.enums import EntryKind
from partners.domain import webhooks
from partners.models import Partner, WebhookDelivery, WebhookEndpoint, WebhookKind
from tests.factories.loyalty import make_member, make_partner, make_programme
from tests.partners.domain.webhooks.webhook_cast import NOW, make_endpoint

pytestmark = pytest.mark.django_db
URL = "https://partner.example/hook"


@pytest.fixture
def bakery() -> Partner:
    make_programme(pending_days=0)
    return make_partner("bakery", base="10", spendable_pct=Decimal(100))


@pytest.fixture
def hook(bakery: Partner) -> WebhookEndpoint:
    return make_endpoint(URL)


def _sell(partner: Partner, external_id: str, *, at: datetime = NOW, member_id: int | None = None, **values: Any) -> int:
    member_id = member_id or make_member(phone="+79161234567", email="ann@example.org").pk
    sale = Sale(external_id, member_id, at, [ReceiptLine(Decimal("100.00"), sku="bun", name="Bun")], **values)
    (outcome,) = orders.record([sale], partner=partner, programme=make_programme(), now=NOW)
    assert outcome.status == "recorded", outcome
    return member_id


def _fed() -> list[dict[str, Any]]:
    events.sweep(now=NOW, only="webhooks")
    return [json.loads(body) for body in WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)]


def test_an_order_is_told_once(bakery: Partner, hook: WebhookEndpoint) -> None:
    _sell(bakery, "A-1")
    expected = {
        "type": "order.recorded",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": {"order": "A-1", "occurred_at": "2026-03-02T12:00:00Z", "total": "100.00", "points_earned": 10, "points_redeemed": 0},
    }
    assert _fed() == [expected]
    assert _fed() == [expected]


def test_a_return_and_a_spend_are_told(bakery: Partner, hook: WebhookEndpoint) -> None:
    member_id = make_member().pk
    ledger.grant(member_id=member_id, kind=EntryKind.WELCOME, points=50, programme=make_programme(), now=NOW - timedelta(hours=1), key=None)
    _sell(bakery, "A-1", member_id=member_id, redeem_points=20)
    back = ReturnOf("R-1", member_id, NOW, [ReceiptLine(Decimal("100.00"), sku="bun", name="Bun")], original="A-1")
    orders.record([back], partner=bakery, programme=make_programme(), now=NOW)
    by_type = {message["type"]: message["data"] for message in _fed()}
    assert set(by_type) == {"order.recorded", "points.spent", "return.recorded"}
    assert by_type["points.spent"] == {"order": "A-1", "hold": None, "occurred_at": "2026-03-02T12:00:00Z", "points": 20}
    assert by_type["return.recorded"] == {
        "return": "R-1",
        "order": "A-1",
        "occurred_at": "2026-03-02T12:00:00Z",
        "total": "100.00",
        "points_taken_back": 8,
        "points_given_back": 20,
    }


def test_a_captured_hold_is_told_with_its_id(bakery: Partner, hook: WebhookEndpoint) -> None:
    member_id = make_member().pk
    ledger.grant(member_id=member_id, kind=EntryKind.WELCOME, points=50, programme=make_programme(), now=NOW, key=None)
    hold = ledger.place_hold(member_id=member_id, points=30, ttl=timedelta(minutes=5), now=NOW, partner_id=bakery.pk)
    ledger.capture_hold(hold.pk, points=25, now=NOW)
    (message,) = _fed()
    assert message["data"] == {"order": None, "hold": str(hold.pk), "occurred_at": "2026-03-02T12:00:00Z", "points": 25}


def test_another_partner_hears_nothing(bakery: Partner) -> None:
    make_partner("florist")
    make_endpoint(URL, slug="florist")
    _sell(bakery, "A-1")
    assert not _fed()


def test_no_contact_or_name_leaves(bakery: Partner, hook: WebhookEndpoint) -> None:
    member_id = _sell(bakery, "A-1")
    text = json.dumps(_fed())
    assert not any(private in text for private in ("7916", "ann@", "first_name", f'"member": {member_id}'))


def test_a_points_adjustment_is_nobodys_business(bakery: Partner, hook: WebhookEndpoint) -> None:
    member_id = make_member().pk
    ledger.grant(member_id=member_id, kind=EntryKind.WELCOME, points=50, programme=make_programme(), now=NOW, key=None)
    ledger.deduct(member_id=member_id, points=5, now=NOW, key=None, reason="mistake", actor_id=None)
    assert not _fed()


def test_a_back_fill_tells_nobody(bakery: Partner, hook: WebhookEndpoint) -> None:
    _sell(bakery, "old", at=NOW - timedelta(hours=49))
    assert not _fed()


def test_what_was_news_is_told_even_if_the_workers_were_down_for_days(bakery: Partner, hook: WebhookEndpoint) -> None:
    _sell(bakery, "A-1")
    events.sweep(now=NOW + timedelta(days=5), only="webhooks")
    assert WebhookDelivery.objects.count() == 1


def test_an_endpoint_hears_the_kinds_it_chose_since_it_exists(bakery: Partner) -> None:
    make_endpoint(URL, kinds=[WebhookKind.RETURN_RECORDED])
    webhooks.create_endpoint(partner=bakery, url=URL, now=NOW + timedelta(seconds=1))
    inactive = make_endpoint(URL)
    WebhookEndpoint.objects.filter(pk=inactive.pk).update(is_active=False)
    hears = make_endpoint(URL, kinds=[WebhookKind.ORDER_RECORDED])
    _sell(bakery, "A-1")
    assert len(_fed()) == 1
    assert WebhookDelivery.objects.get().endpoint == hears


def test_many_orders_cost_as_many_queries_as_one(bakery: Partner, hook: WebhookEndpoint) -> None:
    member_id = _sell(bakery, "warm")
    events.sweep(now=NOW, only="webhooks")
    costs = []
    for count in (1, 30):
        for number in range(count):
            _sell(bakery, f"{count}-{number}", member_id=member_id)
        with CaptureQueriesContext(connection) as queries:
            events.sweep(now=NOW, only="webhooks")
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert WebhookDelivery.objects.count() == 32
