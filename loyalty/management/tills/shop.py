"""A partner's shop: its customers, what they come for, and a book of what their points must be.

The customers are the simulation's own, enrolled at its tills, and nobody else gives them points: what the answers
said must add up to the balance that the API gives at the end.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from loyalty.management.tills.client import Answer, ApiClient

# Long enough ago for its points to be there, short enough for its terms to exist.
_EARLIER = timedelta(days=30)
_GOODS = [("Bread", "54.90"), ("Milk", "89.00"), ("Cheese", "412.35"), ("Coffee", "649.00"), ("Tea", "187.50"), ("Apples", "129.99"), ("Cake", "890.00")]
_BATCH = (20, 50)


@dataclass
class Customer:
    """A member of the simulation. `points` is what the answers add up to; None once an answer was lost."""

    card: str
    number: str
    member_id: int | None = None
    points: int | None = 0


@dataclass
class _Bought:
    external_id: str
    customer: Customer
    amount: Decimal


@dataclass
class Shop:
    """One partner. `token` makes the code on a customer's phone, where the simulation can."""

    line: ApiClient
    name: str
    run: str
    token: Callable[[Customer], str] | None = None
    customers: list[Customer] = field(default_factory=list)
    _bought: list[_Bought] = field(default_factory=list)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # --- before the doors open ---

    def enrol(self, *, due: float | None = None) -> Customer | None:
        """A new member at the till."""
        number = self._id("C")
        body = {"email": f"{number}@example.org".lower(), "external_id": number, "first_name": "Till", "consent_version": "1"}
        answer = self.line.post("enrol", "members/", body, due=due)
        if not answer.done:
            return None
        customer = Customer(str(answer.body.get("card")), number)
        self.expect(len(customer.card) == 16 and customer.card.isdigit(), "an enrolment without a card number", answer)
        with self._lock:
            self.customers.append(customer)
        return customer

    def report_earlier(self) -> None:
        """An older purchase of every customer, so that there are points to spend."""
        at = datetime.now(UTC) - _EARLIER
        orders = [self._order(customer, random.Random(place), at=at) for place, customer in enumerate(self.customers)]
        self._batch(orders, self.customers)

    # --- what customers come for ---

    def buy(self, chance: random.Random, due: float) -> None:
        """A purchase."""
        customer = chance.choice(self.customers)
        body = self._order(customer, chance)
        answer = self._ordered(customer, body, self.line.post("order", "orders/", body, due=due))
        if answer.status == 201:
            self.expect(answer.body["redemption"]["points"] == 0, "an order that spent points unasked", answer)
            with self._lock:
                self._bought.append(_Bought(body["external_id"], customer, Decimal(answer.body["total"])))

    def pay_with_points(self, chance: random.Random, due: float) -> None:
        """A quote, points set aside, and an order that takes them; or the customer thinks again."""
        customer = chance.choice(self.customers)
        body = self._order(customer, chance)
        quote = self.line.post("quote", "quotes/", {"member": body["member"], "lines": body["lines"]}, due=due)
        if not quote.done or not (most := quote.body["most"]["points"]):
            return
        if (ref := self._spender(customer, quote.body["spend_requires"])) is None:
            return
        points = chance.randint(1, most)
        hold = self.line.post("hold", "holds/", {"member": ref, "points": points, "ttl_seconds": 600})
        if not hold.done:
            return
        self.expect(hold.body["points"] == points and hold.body["state"] in ("active", "awaiting_member"), "a hold of something else", hold)
        path, ending = f"holds/{hold.body['id']}", chance.random()
        if hold.body["state"] == "awaiting_member" or ending < 0.15:
            released = self.line.post("release", f"{path}/release/", {})
            self.expect(not released.done or released.body["state"] == "released", "a release that isn't one", released)
        elif ending < 0.3:
            captured = self.line.post("capture", f"{path}/capture/", {})
            self._count_for(customer, captured, lambda body: -int(body["captured_points"]))
            self.expect(not captured.done or captured.body["captured_points"] == points, "a capture of something else", captured)
        else:
            body |= {"hold": hold.body["id"], "redeem_points": chance.randint(1, points), "occurred_at": _now()}
            answer = self._ordered(customer, body, self.line.post("order", "orders/", body))
            self.expect(not answer.done or answer.body["redemption"]["points"] == body["redeem_points"], "an order that spent something else", answer)

    def bring_back(self, chance: random.Random, due: float) -> None:
        """A return of a part, or of all, of a purchase of this run; without one, another purchase."""
        with self._lock:
            bought = self._bought.pop(chance.randrange(len(self._bought))) if self._bought else None
        if bought is None:
            self.buy(chance, due)
            return
        amount = bought.amount if chance.random() < 0.5 else (bought.amount / 2).quantize(Decimal("0.01"))
        body = {"external_id": self._id("R"), "occurred_at": _now(), "amount": str(amount)}
        answer = self.line.post("return", f"orders/{bought.external_id}/returns/", body, due=due)
        self._count_for(bought.customer, answer, lambda body: int(body["given_back"]) - int(body["taken"]))
        if answer.done:
            parts = answer.body["taken"] + answer.body["expired"] + answer.body["forgiven"]
            self.expect(answer.body["due"] == parts, "a return whose parts don't add up", answer)

    def look_up(self, chance: random.Random, due: float) -> None:
        """Who is this card?"""
        customer = chance.choice(self.customers)
        answer = self.line.get("look-up", f"members/{customer.card}/", due=due)
        self.expect(not answer.done or answer.body.get("card") == customer.card, "another member than asked for", answer)

    def report_batch(self, chance: random.Random, due: float) -> None:
        """A till that was offline reports what it sold."""
        customers = chance.choices(self.customers, k=chance.randint(*_BATCH))
        self._batch([self._order(customer, chance) for customer in customers], customers, due=due)

    def welcome(self, chance: random.Random, due: float) -> None:
        """A new member."""
        self.enrol(due=due)

    def muddle(self, chance: random.Random, due: float) -> None:
        """A till that forgot what it did: the same order again, and then another one under its name."""
        customer = chance.choice(self.customers)
        body = self._order(customer, chance)
        first = self._ordered(customer, body, self.line.post("order", "orders/", body, due=due))
        if first.status != 201:
            return
        again = self.line.post("order", "orders/", body)
        self.expect(again.unknown or (again.status == 200 and again.body["accrual"] == first.body["accrual"]), "a repeat that was taken for new", again)
        other = self.line.post("order", "orders/", body | {"lines": [{"amount": "1.00"}]})
        self.expect(other.unknown or other.status == 409, "another purchase under a known external_id", other)

    # --- after the doors are closed ---

    def close_the_books(self) -> int:
        """Compare what the answers said with what the API says now. Returns how many customers were compared."""
        compared = 0
        for customer in self.customers:
            if customer.points is None:
                continue
            answer = self.line.get("look-up", f"members/{customer.card}/")
            if not answer.done:
                continue  # refused by the limit of look-ups
            balance = answer.body["balance"]
            stands = balance["available"] + balance["pending"] + balance["held"] - balance["debt"]
            self.expect(stands == customer.points, f"{stands} points where the answers add up to {customer.points}", answer)
            compared += 1
        return compared

    def expect(self, right: bool, sentence: str, answer: Answer) -> None:
        """Note an answer that contradicts what was asked."""
        if not right:
            self.line.figures.fault(f"{self.name}: {sentence}: {answer.status} {str(answer.body)[:160]}")

    # --- parts ---

    def _spender(self, customer: Customer, requires: str) -> dict[str, str] | None:
        """How the customer is named when points are spent; None where only their phone could."""
        if self.token is not None and customer.member_id is not None:
            return {"token": self.token(customer)}
        return None if requires == "token" else {"card": customer.card}

    def _order(self, customer: Customer, chance: random.Random, *, at: datetime | None = None) -> dict[str, Any]:
        goods = chance.choices(_GOODS, k=chance.randint(1, 5))
        lines = [{"sku": f"SIM-{name}", "name": name, "quantity": chance.randint(1, 3), "price": price} for name, price in goods]
        member = {"card": customer.card} if chance.random() < 0.6 else {"external_id": customer.number}
        return {"external_id": self._id("S"), "member": member, "occurred_at": at.isoformat() if at else _now(), "lines": lines}

    def _ordered(self, customer: Customer, body: dict[str, Any], answer: Answer) -> Answer:
        self._count_for(customer, answer, _earned)
        if answer.done:
            self.expect(answer.body["external_id"] == body["external_id"], "an answer to another order", answer)
            self.expect(answer.status == 201, "a new order that was known already", answer)
        return answer

    def _batch(self, orders: list[dict[str, Any]], customers: list[Customer], *, due: float | None = None) -> None:
        answer = self.line.post("batch", "orders/batch/", {"orders": orders}, due=due)
        if answer.done:
            self.expect(answer.body["recorded"] == len(orders), f"a batch of {len(orders)} that wasn't recorded whole", answer)
        for place, customer in enumerate(customers):
            self._count_for(customer, answer, partial(_earned_in_batch, place))

    def _count_for(self, customer: Customer, answer: Answer, change: Callable[[dict[str, Any]], int]) -> None:
        """Enter what an answer did to a customer's points; lost answers close the account's book."""
        with self._lock:
            if answer.unknown:
                customer.points = None
            elif answer.done and customer.points is not None:
                customer.points += change(answer.body)

    def _id(self, kind: str) -> str:
        with self._lock:
            self._count += 1
            return f"SIM-{self.run}-{self.name}-{kind}{self._count}"


def _earned(order: dict[str, Any]) -> int:
    return int(order["accrual"]["points"]) - int(order["redemption"]["points"])


def _earned_in_batch(place: int, body: dict[str, Any]) -> int:
    item = body["results"][place]
    return _earned(item["order"]) if "order" in item else 0


def _now() -> str:
    return datetime.now(UTC).isoformat()


Visit = Callable[[Shop, random.Random, float], None]
# What customers come for, and how often of a hundred.
MIX: tuple[tuple[int, Visit], ...] = (
    (50, Shop.buy),
    (16, Shop.pay_with_points),
    (8, Shop.bring_back),
    (18, Shop.look_up),
    (3, Shop.report_batch),
    (2, Shop.welcome),
    (3, Shop.muddle),
)
