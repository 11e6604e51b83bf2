"""POST /orders/batch/: each order judged as if alone, at a constant number of statements."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from zeal import zeal_ignore

from loyalty.models import Order
from tests.factories.till import balance_of, code, make_holder, make_till, order

pytestmark = pytest.mark.django_db


def test_one_bad_order_spoils_no_other() -> None:
    till = make_till()
    member, card = make_holder(points=100)
    known = order("A-0", {"card": card.number}, "50.00")
    till.post("orders/", known)
    orders: list[Any] = [
        order("A-1", {"card": card.number}, "100.00"),
        known,
        known | {"discount": 1},
        order("A-2", {"phone": "+79990000000"}, "100.00"),
        order("A-3", {"card": card.number}, "1.001"),
        17,
        order("A-4", {"card": card.number}, "100.00", redeem_points=10),
        order("A-5", {"token": code(member)}, "100.00", redeem_points=20),
        order("A-6", {"token": code(member)}, "1000.00", redeem_points=400),
    ]
    # Spends are authorised one by one, on purpose: each may be refused by its member's own rules.
    with zeal_ignore():
        answer = till.post("orders/batch/", {"orders": orders})
    assert answer.status_code == 200, answer.content
    content = answer.json()
    assert [one["status"] for one in content["results"]] == [201, 200, 409, 422, 422, 422, 422, 201, 422]
    assert [one["index"] for one in content["results"]] == list(range(9))
    assert (content["recorded"], content["unchanged"], content["refused"]) == (2, 1, 6)
    assert [one["problem"]["code"] for one in content["results"] if "problem" in one] == [
        "conflict",
        "unknown_member",
        "invalid",
        "invalid",
        "spend_needs_token",
        "insufficient_points",
    ]
    assert content["results"][4]["problem"]["errors"][0]["pointer"] == "/lines/0/amount"
    assert content["results"][7]["order"]["redemption"]["points"] == 20
    assert set(Order.objects.values_list("external_id", flat=True)) == {"A-0", "A-1", "A-5"}
    assert balance_of(till, card) == {"available": 80, "pending": 5 + 10 + 8, "held": 0, "debt": 0}


def test_an_id_given_twice_is_judged_twice() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    content = till.post("orders/batch/", {"orders": [body, body, body | {"discount": 1}]}).json()
    assert [one["status"] for one in content["results"]] == [201, 200, 409]
    assert [one.get("order", {}).get("status") for one in content["results"]] == ["recorded", "unchanged", None]


def test_a_batch_can_be_asked_for_again() -> None:
    till = make_till()
    _member, card = make_holder()
    body = {"orders": [order(f"A-{n}", {"card": card.number}, "100.00") for n in range(3)]}
    first = till.post("orders/batch/", body, once="b")
    again = till.post("orders/batch/", body, once="b")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [one["status"] for one in till.post("orders/batch/", body).json()["results"]] == [200] * 3


def test_a_batch_has_1_to_1000_orders() -> None:
    till = make_till()
    for orders in ([], [1] * 1001, "x", None):
        answer = till.post("orders/batch/", {"orders": orders})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "orders")


def test_the_number_of_statements_does_not_grow_with_the_batch() -> None:
    till = make_till()
    holders = [make_holder()[1] for _ in range(60)]

    def cost(prefix: str, size: int) -> int:
        orders = [order(f"{prefix}-{n}", {"card": holders[n].number}, "100.00", "20.00") for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            assert till.post("orders/batch/", {"orders": orders}, once=prefix).json()["recorded"] == size
        return len(queries)

    assert cost("warm", 1) > 0
    assert cost("few", 2) == cost("many", 60)
