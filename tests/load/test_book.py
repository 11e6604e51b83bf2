"""The comparison of the tills' book with the ledger sees what it is there to see."""

import copy
from typing import Any

import pytest

from tests.load.book import compare

CARD = "9040000000000001"
ORDER = {"status": "recorded", "accrual": {"points": 10}, "redemption": {"points": 0}}
CALLS = [
    {"kind": "order", "path": "orders/", "body": {"external_id": "o1", "member": {"card": CARD}}, "status": 201, "answer": ORDER},
    {"kind": "order", "path": "orders/", "body": {"external_id": "o2", "member": {"card": CARD}}, "status": 422, "answer": {"code": "invalid"}},
    {"kind": "order", "path": "orders/", "body": {"external_id": "o3", "member": {"card": CARD}}, "status": None, "answer": None},
    {"kind": "hold", "path": "holds/", "body": {"member": {"card": CARD}, "points": 5}, "status": 201, "answer": {"id": "h1"}},
    {"kind": "capture", "path": "holds/h1/capture/", "body": {}, "status": 200, "answer": {"captured_points": 5}},
]
ROW = {"card": CARD, "earned": 10, "redeemed": 0, "accruals": [10], "redemptions": [], "events": 1}
LEDGER = {
    "orders": {"o1": ROW},
    "returns": {},
    "holds": {"h1": {"card": CARD, "state": "captured", "points": 5, "captured": 5, "entries": [-5]}},
    "members": {CARD: {"entries": 105, "balance": 105}},
    "deliveries": {"order.recorded": 1, "return.recorded": 0, "points.spent": 1},
    "redemptions": 1,
    "dead_letters": 0,
    "violations": [],
}


def test_a_right_ledger_has_no_differences() -> None:
    assert compare(CALLS, LEDGER, points=100) == []


def test_what_a_till_gave_up_may_be_there_once() -> None:
    ledger = copy.deepcopy(LEDGER) | {"orders": {"o1": ROW, "o3": ROW}, "members": {CARD: {"entries": 115, "balance": 115}}}
    ledger["deliveries"]["order.recorded"] = 2
    assert compare(CALLS, ledger, points=100) == []


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        ("orders", {}, "order o1 was promised and is lost"),
        ("orders.o2", ROW, "o2 was refused and is there"),
        ("orders.o9", ROW, "o9 was never sent"),
        ("orders.o1.accruals", [10, 10], "other entries than its own"),
        ("orders.o1.earned", 9, "promised (10, 0), recorded (9, 0)"),
        ("orders.o1.events", 0, "has 0 events"),
        ("holds", {}, "hold h1 was promised and is lost"),
        ("holds.h1.state", "active", "answered captured 5"),
        ("holds.h1.entries", [-5, -5], "other entries than its own"),
        ("holds.h2", {"card": CARD, "state": "active", "points": 5, "captured": 0, "entries": []}, "1 sent, 2 there"),
        (f"members.{CARD}.entries", 110, "by its documents 105"),
        (f"members.{CARD}.balance", 100, "by its documents 105"),
        ("deliveries.points.spent", 2, "but messages"),
        ("dead_letters", 1, "1 dead letters"),
        ("violations", ["lot: wrong"], "lot: wrong"),
    ],
)
def test_every_kind_of_damage_is_seen(place: str, value: Any, says: str) -> None:
    ledger: Any = copy.deepcopy(LEDGER)
    part, _dot, rest = place.partition(".")
    names = [part, *([rest] if part == "deliveries" else rest.split(".") if rest else [])]
    inner = ledger
    for name in names[:-1]:
        inner = inner[name]
    inner[names[-1]] = value
    differences = compare(CALLS, ledger, points=100)
    assert any(says in difference.replace("orders o1", "order o1") for difference in differences), differences
