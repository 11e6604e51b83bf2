"""Calls that come twice, too late or all at once: each has one answer, the one in docs/api.md."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from accounts.models import Card, Member
from loyalty.domain.verify import verify
from loyalty.models import Entry, Hold, Order, Return
from tests.factories.loyalty import make_programme
from tests.factories.till import Till, balance_of, code, make_holder, make_till, order

pytestmark = pytest.mark.django_db
HEADING = "## Answers to repeated and late calls"


class Shop:
    """A till and a member with 300 points, in the time between an order and what comes after it."""

    def __init__(self, clock: time_machine.Traveller, **programme: Any) -> None:
        make_programme(pending_days=0, **programme)
        self.till, self.clock = make_till(base="10"), clock
        self.member, self.card = make_holder(points=300)

    def hold(self, points: int = 100) -> str:
        return str(self.till.post("holds/", {"member": {"token": code(self.member)}, "points": points, "ttl_seconds": 60}).json()["id"])

    def capture(self, hold: str) -> Any:
        return self.till.post(f"holds/{hold}/capture/", {})

    def release(self, hold: str) -> Any:
        return self.till.post(f"holds/{hold}/release/", {})

    def lapse(self) -> None:
        self.clock.shift(timedelta(seconds=60))

    def buy(self, external_id: str = "A-1", amount: str = "1000.00", **more: Any) -> Any:
        return self.till.post("orders/", order(external_id, {"card": self.card.number}, amount, **more))

    def bring_back(self, external_id: str = "R-1", amount: str = "400.00") -> Any:
        return self.till.post("orders/A-1/returns/", {"external_id": external_id, "occurred_at": timezone.now().isoformat(), "amount": amount})


Case = Callable[[Shop], Any]


def after(*steps: Callable[[Shop, str], object]) -> Case:
    """What the last step answers about one hold; the ones before it succeed."""

    def play(shop: Shop) -> Any:
        hold = shop.hold()
        for step in steps[:-1]:
            done: Any = step(shop, hold)
            assert done is None or done.status_code in (200, 201), done.content
        return steps[-1](shop, hold)

    return play


def capture(shop: Shop, hold: str) -> Any:
    return shop.capture(hold)


def release(shop: Shop, hold: str) -> Any:
    return shop.release(hold)


def lapse(shop: Shop, _hold: str) -> None:
    shop.lapse()


def by_order(external_id: str = "A-1") -> Callable[[Shop, str], Any]:
    return lambda shop, hold: shop.buy(external_id, hold=hold)


# (what happened, what comes) → the call, and its answer as the table of docs/api.md has it.
CASES: dict[tuple[str, str], tuple[Case, int, str]] = {
    ("the hold is captured", "a capture"): (after(capture, capture), 409, "hold_captured"),
    ("the hold is captured", "a release"): (after(capture, release), 409, "hold_captured"),
    ("the hold is captured", "an order with it"): (after(capture, by_order()), 409, "hold_captured"),
    ("an order captured the hold", "a capture"): (after(by_order(), capture), 409, "hold_captured"),
    ("an order captured the hold", "another order with it"): (after(by_order(), by_order("A-2")), 409, "hold_captured"),
    ("the hold is released", "a capture"): (after(release, capture), 409, "hold_released"),
    ("the hold is released", "a release"): (after(release, release), 409, "hold_released"),
    ("the hold is released", "an order with it"): (after(release, by_order()), 409, "hold_released"),
    ("`expires_at` has passed", "a capture"): (after(lapse, capture), 409, "hold_lapsed"),
    ("`expires_at` has passed", "a release"): (after(lapse, release), 409, "hold_lapsed"),
    ("`expires_at` has passed", "an order with it"): (after(lapse, by_order()), 409, "hold_lapsed"),
    ("the hold is captured, `expires_at` has passed", "a capture"): (after(capture, lapse, capture), 409, "hold_captured"),
    ("the order is recorded", "the same order"): (lambda shop: _again(shop.buy), 200, "unchanged"),
    ("the order is recorded", "another content under its `external_id`"): (lambda shop: _then(shop.buy(), shop.buy(amount="999.00")), 409, "conflict"),
    ("the return is recorded", "the same return"): (lambda shop: _then(shop.buy(), _again(shop.bring_back)), 200, "unchanged"),
    ("the return is recorded", "another content under its `external_id`"): (
        lambda shop: _then(shop.buy(), shop.bring_back(), shop.bring_back(amount="1.00")),
        409,
        "conflict",
    ),
    ("the whole order is returned", "another return"): (
        lambda shop: _then(shop.buy(), shop.bring_back(amount="1000.00"), shop.bring_back("R-2", "0.01")),
        422,
        "return_above_order",
    ),
    ("a part of the order is returned", "a return of more than the rest"): (
        lambda shop: _then(shop.buy(), shop.bring_back(amount="600.00"), shop.bring_back("R-2", "400.01")),
        422,
        "return_above_order",
    ),
}


def _then(*answers: Any) -> Any:
    """The last answer; those before it were successes."""
    assert all(answer.status_code in (200, 201) for answer in answers[:-1]), [answer.content for answer in answers]
    return answers[-1]


def _again(act: Callable[[], Any]) -> Any:
    """The same bytes twice: the clock stands still."""
    with time_machine.travel(timezone.now(), tick=False):
        return _then(act(), act())


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=True) as traveller:
        yield traveller


@pytest.mark.parametrize("case", CASES, ids=" then ".join)
def test_it_has_one_answer_and_does_nothing(clock: time_machine.Traveller, case: tuple[str, str]) -> None:
    play, status, what = CASES[case]
    answer = play(Shop(clock))
    assert (answer.status_code, answer.json().get("code") or answer.json()["status"]) == (status, what), answer.content
    assert Entry.objects.filter(kind="redemption").count() <= 1
    assert Order.objects.count() <= 1
    assert Return.objects.count() <= 1
    assert list(verify(now=timezone.now())) == []


def test_the_table_of_the_docs_says_the_same(repository: Path) -> None:
    text = (repository / "docs" / "api.md").read_text()
    assert HEADING in text
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (\d{3}) `(\w+)`", text.partition(HEADING)[2].partition("\n## ")[0], re.MULTILINE)
    assert {(happened, comes): (int(status), what) for happened, comes, status, what in rows} == {
        case: (status, what) for case, (_play, status, what) in CASES.items()
    }


@pytest.mark.parametrize("path", ["capture", "release"])
def test_with_its_idempotency_key_a_repeat_is_the_first_answer(clock: time_machine.Traveller, path: str) -> None:
    shop = Shop(clock)
    hold = shop.hold()
    first = shop.till.post(f"holds/{hold}/{path}/", {}, once="k")
    shop.lapse()
    again = shop.till.post(f"holds/{hold}/{path}/", {}, once="k")
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert again.content == first.content


@pytest.mark.parametrize(("shortfall", "debt", "forgiven"), [("debt", 60, 0), ("forgive", 0, 60)])
def test_a_return_after_the_points_were_spent(clock: time_machine.Traveller, shortfall: str, debt: int, forgiven: int) -> None:
    """1 000 earned 100, and 360 of the 400 points are spent: 40 can be taken back, the rest is owed or forgiven."""
    shop = Shop(clock, return_shortfall=shortfall)
    assert shop.buy().json()["accrual"]["points"] == 100
    assert shop.capture(shop.hold(360)).status_code == 200
    returned = shop.bring_back(amount="1000.00")
    assert returned.status_code == 201
    body = returned.json()
    assert (body["due"], body["taken"], body["forgiven"]) == (100, 40 + debt, forgiven)
    assert body["balance"] == {"available": 0, "pending": 0, "held": 0, "debt": debt}
    # A later purchase pays the debt first.
    assert shop.buy("A-2").json()["balance"] == {"available": 100 - debt, "pending": 0, "held": 0, "debt": 0}
    assert list(verify(now=timezone.now())) == []


def test_a_return_takes_nothing_that_is_held(clock: time_machine.Traveller) -> None:
    shop = Shop(clock)
    shop.buy()
    hold = shop.hold(400)
    body = shop.bring_back(amount="1000.00").json()
    assert (body["taken"], body["balance"]["held"], body["balance"]["debt"]) == (100, 400, 100)
    assert shop.capture(hold).json()["captured_points"] == 400


def _at_once(till: Till, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Every call on a connection of its own."""

    def send(call: tuple[str, dict[str, Any]]) -> Any:
        try:
            return Till(till.partner, till.key).post(*call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls))


def _outcomes(answers: list[Any]) -> Counter[tuple[int, str]]:
    return Counter((answer.status_code, answer.json().get("code", "")) for answer in answers)


@pytest.fixture
def counter() -> tuple[Till, Member, Card]:
    """At real connections: points are available at once."""
    make_programme(pending_days=0)
    return make_till(base="10"), *make_holder(points=300)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_20_partial_returns_at_once_never_exceed_the_order(counter: tuple[Till, Member, Card]) -> None:
    till, _member, card = counter
    assert till.post("orders/", order("A-1", {"card": card.number}, "105.00")).json()["accrual"]["points"] == 10
    now = timezone.now().isoformat()
    answers = _at_once(till, [("orders/A-1/returns/", {"external_id": f"R-{n}", "occurred_at": now, "amount": "10.00"}) for n in range(20)])
    assert _outcomes(answers) == {(201, ""): 10, (422, "return_above_order"): 10}
    assert sum(row.total for row in Return.objects.all()) == 100
    # 5.00 are left, and earn nothing.
    assert sum(answer.json().get("taken", 0) for answer in answers) == 10
    assert balance_of(till, card) == {"available": 300, "pending": 0, "held": 0, "debt": 0}
    assert list(verify(now=timezone.now())) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_return_sent_20_times_at_once_is_recorded_once(counter: tuple[Till, Member, Card]) -> None:
    till, _member, card = counter
    till.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    body = {"external_id": "R-1", "occurred_at": timezone.now().isoformat(), "amount": "40.00"}
    assert _outcomes(_at_once(till, [("orders/A-1/returns/", body)] * 20)) == {(201, ""): 1, (200, ""): 19}
    assert balance_of(till, card)["available"] == 300 + 6
    assert list(verify(now=timezone.now())) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_20_captures_and_releases_at_once_end_a_hold_once(counter: tuple[Till, Member, Card]) -> None:
    till, member, card = counter
    hold = till.post("holds/", {"member": {"token": code(member)}, "points": 100}).json()["id"]
    outcomes = _outcomes(_at_once(till, [(f"holds/{hold}/{path}/", {}) for path in ["capture", "release"] * 10]))
    state = Hold.objects.get().state
    assert outcomes == {(200, ""): 1, (409, f"hold_{state}"): 19}
    assert balance_of(till, card)["available"] == (200 if state == "captured" else 300)
    assert list(verify(now=timezone.now())) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_20_orders_with_one_hold_at_once_spend_it_once(counter: tuple[Till, Member, Card]) -> None:
    till, member, card = counter
    hold = till.post("holds/", {"member": {"token": code(member)}, "points": 100}).json()["id"]
    calls = [("orders/", order(f"A-{n}", {"card": card.number}, "500.00", hold=hold)) for n in range(20)]
    assert _outcomes(_at_once(till, calls)) == {(201, ""): 1, (409, "hold_captured"): 19}
    assert Order.objects.get().points_redeemed == 100
    assert list(verify(now=timezone.now())) == []
