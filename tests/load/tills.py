"""Tills that never give up: threads that post over HTTP, repeat a call until it is answered, and keep a book of their own.

    python tests/load/tills.py PLAN.json JOURNAL.json

The plan names the address, the key, the cards, the seed and how many postings to make; SIGTERM ends the day before.
Prints a dot for every finished posting. The journal holds every call: what was sent, how often, and its answer (null: given up on purpose).
Knows nothing of Django: a till is somebody else's program.
"""

import http.client
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 15.0
BATCH = 10
# Nobody waits for ever, not even here.
LONGEST_CALL = 300.0
LONGEST_WAIT = 0.5


@dataclass
class Call:
    """One call as its till sees it: kind, what it named, how many times it went out, and the final answer."""

    kind: str
    path: str
    body: dict[str, Any]
    key: str
    tries: int = 0
    status: int | None = None
    answer: dict[str, Any] | None = None


@dataclass
class Till:
    """One till with a connection, a source of chance and a book."""

    address: str
    api_key: str
    name: str
    cards: list[str]
    chance: random.Random
    # The part of calls that it gives up after one failure, as a till does whose power fails.
    forgets: float = 0.0
    calls: list[Call] = field(default_factory=list)
    # When each try ended (Unix time), how (a status or an error's name), and how many seconds it took.
    times: list[tuple[float, str, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None
    _pause: threading.Event = field(default_factory=threading.Event)

    def call(self, kind: str, path: str, body: dict[str, Any]) -> Call:
        """POST until there is an answer that is final."""
        made = Call(kind, path, body, f"{self.name}-{len(self.calls)}")
        self.calls.append(made)
        data, deadline = json.dumps(body).encode(), time.monotonic() + LONGEST_CALL
        while True:
            made.tries += 1
            wait = self._attempt(made, data)
            if made.status is not None or self.chance.random() < self.forgets:
                return made
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} {made.key}: no answer in {LONGEST_CALL:g} s")
            self._pause.wait(min(wait, LONGEST_WAIT) * self.chance.uniform(0.2, 1.0))

    def _attempt(self, made: Call, data: bytes) -> float:
        """One try. A final answer goes into the call; otherwise the seconds to wait."""
        headers = {"Content-Type": "application/json", "Authorization": f"Api-Key {self.api_key}", "Idempotency-Key": made.key}
        started, outcome = time.time(), ""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT)
            self._connection.request("POST", f"/api/v1/{made.path}", data, headers)
            answer = self._connection.getresponse()
            status, raw = answer.status, answer.read()
            outcome = str(status)
        except (OSError, http.client.HTTPException) as error:
            outcome = type(error).__name__
            self.drop()
            return 0.3
        finally:
            self.times.append((time.time(), outcome, time.time() - started))
        if status == 500:
            self.faults.append(f"{made.path}: {raw[:500]!r}")
        if status < 500 and not (status == 409 and b"call_in_flight" in raw):
            made.status, made.answer = status, json.loads(raw)
            return 0.0
        if answer.getheader("Retry-After") is None and status != 500:
            self.faults.append(f"{made.path}: {status} without Retry-After")
        return float(answer.getheader("Retry-After") or 1)

    def drop(self) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def visits(self) -> Iterator[int]:
        """Endless trade. Yields how many postings were done."""
        kinds: list[tuple[int, Callable[[], int]]] = [
            (40, self.buy),
            (4, self.report_a_day),
            (12, self.spend_in_two_steps),
            (8, self.pay),
            (14, self.bring_back),
            (4, self.bring_unknown),
        ]
        while True:
            (visit,) = self.chance.choices([visit for _weight, visit in kinds], [weight for weight, _visit in kinds])
            yield visit()

    def buy(self) -> int:
        """An order."""
        self.call("order", "orders/", self._order())
        return 1

    def report_a_day(self) -> int:
        """A batch of orders, one of which names nobody."""
        orders = [self._order(place) for place in range(BATCH)]
        orders[self.chance.randrange(BATCH)]["member"] = {"external_id": "nobody"}
        self.call("batch", "orders/batch/", {"orders": orders})
        return BATCH

    def pay(self) -> int:
        """An order paid in part with points."""
        self.call("order", "orders/", self._order() | {"redeem_points": self.chance.randrange(1, 30)})
        return 1

    def spend_in_two_steps(self) -> int:
        """A hold, then an order that captures it, a capture or a release."""
        card = self.chance.choice(self.cards)
        hold = self.call("hold", "holds/", {"member": {"card": card}, "points": self.chance.randrange(1, 30), "ttl_seconds": 7200})
        if hold.status != 201 or hold.answer is None:
            return 1
        name = hold.answer["id"]
        match self.chance.randrange(3):
            case 0:
                self.call("order", "orders/", self._order(card=card) | {"hold": name})
            case 1:
                self.call("capture", f"holds/{name}/capture/", {"points": self.chance.randrange(1, hold.answer["points"] + 1)})
            case _:
                self.call("release", f"holds/{name}/release/", {})
        return 2

    def bring_back(self) -> int:
        """A return of a part of an earlier order, now and then of more than is left of it."""
        known = [call for call in self.calls[-200:] if call.kind == "order" and call.status == 201]
        if not known:
            return self.buy()
        amount = f"{self.chance.randrange(100, 9000) / 100:.2f}"
        order = self.chance.choice(known).body["external_id"]
        self.call("return", f"orders/{order}/returns/", {"external_id": self._name("r"), "occurred_at": _now(), "amount": amount})
        return 1

    def bring_unknown(self) -> int:
        """A return of a purchase that was never reported."""
        body = {"external_id": self._name("r"), "occurred_at": _now(), "amount": "25.00", "member": {"card": self.chance.choice(self.cards)}}
        self.call("return", "returns/", body)
        return 1

    def _order(self, place: int = 0, *, card: str = "") -> dict[str, Any]:
        lines = [
            {"sku": f"S{number}", "name": "Goods", "amount": f"{self.chance.randrange(1000, 30000) / 100:.2f}"} for number in range(self.chance.randrange(1, 4))
        ]
        return {"external_id": self._name(f"o{place}"), "member": {"card": card or self.chance.choice(self.cards)}, "occurred_at": _now(), "lines": lines}

    def _name(self, prefix: str) -> str:
        return f"{self.name}-{prefix}-{len(self.calls)}"


def _now() -> str:
    return datetime.now(UTC).isoformat()


def main(plan: dict[str, Any], journal: Path) -> None:
    """Run the plan's tills until their postings are made, and write the journal."""
    address = urlsplit(plan["url"]).netloc
    tills = [Till(address, plan["api_key"], chance=random.Random(f"{plan['seed']} {one['name']}"), **one) for one in plan["tills"]]
    left, lock, errors = plan["postings"], threading.Lock(), []

    def trade(till: Till) -> None:
        nonlocal left
        try:
            for done in till.visits():
                with lock:
                    left -= done
                    sys.stdout.write("." * done)
                    sys.stdout.flush()
                if left <= 0:
                    break
        except Exception as error:  # noqa: BLE001  (reported below)
            errors.append(f"{till.name}: {type(error).__name__}: {error}")
        till.drop()

    def close_up(*_signal: object) -> None:
        nonlocal left
        left = 0

    signal.signal(signal.SIGTERM, close_up)
    threads = [threading.Thread(target=trade, args=(till,), daemon=True) for till in tills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(time for till in tills for time in till.times)
    faults = errors + [fault for till in tills for fault in till.faults]
    calls = [asdict(call) | {"till": till.name} for till in tills for call in till.calls]
    journal.write_text(json.dumps({"calls": calls, "times": times, "faults": faults}))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
