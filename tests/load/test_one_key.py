"""Many calls with one Idempotency-Key at once, over real connections to the real server: one effect."""

import http.client
import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.load.cluster import Cluster, cluster
from tests.load.conftest import Sizes, say

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]
AT_ONCE = 64
POINTS = 100


def test_64_calls_at_once_with_one_key_have_one_effect(sizes: Sizes) -> None:
    chance = random.Random(sizes.seed)
    with cluster() as running:
        stage = json.loads(running.run("tests/load/stage.py", "set", "8", str(POINTS)))
        poor, *cards = stage["cards"]
        till = Till(running, stage["api_key"])
        outcomes, changed = Counter[str](), set[int]()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(sizes.keys):
                path, body = _call(number, chance.choice(cards))
                start = threading.Barrier(AT_ONCE)
                calls = [pool.submit(till.post, path, body, f"k{number}", start) for _ in range(AT_ONCE)]
                answers = [call.result() for call in calls]
                outcomes.update(str(status) + (" again" if again else "") for status, _body, again in answers)
                assert len({body for status, body, _again in answers if status == 201}) == 1, answers
                assert sum(status == 201 and not again for status, _body, again in answers) <= 1
                path, body = _call(number, poor)
                changed.add(till.post(path, body, f"k{number}")[0])
        refused = till.post("holds/", {"member": {"card": poor}, "points": POINTS + 1}, "spend")
        running.run("tests/load/stage.py", "give", poor, "1")
        accepted = till.post("holds/", {"member": {"card": poor}, "points": POINTS + 1}, "spend")
        ledger = json.loads(running.run("tests/load/stage.py", "read"))
    say(f"\nFAULT_SEED={sizes.seed}: {sizes.keys} keys, {AT_ONCE} calls each: {dict(outcomes)}; {len(ledger['orders'])} orders, {len(ledger['holds'])} holds")
    # Who waited for three seconds gets the answer to ask again.
    assert set(outcomes) <= {"201", "201 again", "409"}
    assert sorted(ledger["orders"]) == sorted(f"o{number}" for number in range(0, sizes.keys, 2))
    # One of each other key, and the poor member's.
    assert len(ledger["holds"]) == sizes.keys // 2 + 1
    assert all(order["accruals"] == [10] and order["events"] == 1 for order in ledger["orders"].values())
    assert changed == {422}
    assert (refused[0], accepted[0]) == (422, 201)
    assert ledger["violations"] == []


def _call(number: int, card: str) -> tuple[str, dict[str, Any]]:
    """An order, whose name also shows repeats, or a hold, which only its key does."""
    if number % 2:
        return "holds/", {"member": {"card": card}, "points": 1}
    lines = [{"amount": "100.00"}]
    return "orders/", {"external_id": f"o{number}", "member": {"card": card}, "occurred_at": "2026-03-01T12:00:00Z", "lines": lines}


class Till:
    """Calls from many threads, each with a connection of its own."""

    def __init__(self, running: Cluster, key: str) -> None:
        self._address, self._key = urlsplit(running.url).netloc, key

    def post(self, path: str, body: Any, key: str, start: threading.Barrier | None = None) -> tuple[int, bytes, bool]:
        """(status, body, whether it was said before). `start`: wait for the others, connected."""
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            connection.connect()
            if start:
                start.wait(60)
            headers = {"Content-Type": "application/json", "Authorization": f"Api-Key {self._key}", "Idempotency-Key": key}
            connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("Idempotent-Replayed") == "true"
        finally:
            connection.close()
