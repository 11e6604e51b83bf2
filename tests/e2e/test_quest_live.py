"""The whole way with real processes: a till's call → web server → event → worker → the page that is open, within 5 seconds."""

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests import servers
from tests.clock import Watch, watched
from tests.load.cluster import Cluster, cluster, until
from tests.load.conftest import say

# Servers of its own, whatever database the other tests use.
pytestmark = pytest.mark.skipif(not (servers.postgres_programs() and servers.redis_program()), reason="no PostgreSQL and Redis here")
WITHIN = 5.0


def post(running: Cluster, key: str, path: str, body: dict[str, Any]) -> None:
    """A till's call, which must be recorded."""
    headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}
    call = urllib.request.Request(f"{running.url}/api/v1/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(call, timeout=15) as answer:
        assert answer.status == 201


def test_an_order_is_seen_on_the_open_page_within_five_seconds_and_so_is_its_return(browser: Browser) -> None:
    with cluster(DEBUG="1") as running:
        stage = json.loads(running.run("tests/load/stage.py", "quest"))
        with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as database:
            # The worker has swept for the first time: everything runs.
            until(lambda: database.execute("SELECT 1 FROM loyalty_consumermark WHERE name = 'quests'").fetchone(), what="the worker sweeps")
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        context.add_cookies([{**stage["cookie"], "url": running.url}])
        page = context.new_page()
        page.goto(f"{running.url}/quests/")
        expect(page.get_by_role("progressbar", name="Two breads: 0 of 2")).to_be_visible(timeout=15_000)
        # Nothing below loads a page.
        page.evaluate("window.neverReloaded = true")
        took: list[Watch] = []

        def seen(path: str, body: dict[str, Any], role: Any, name: str) -> None:
            post(running, stage["api_key"], path, body)
            with watched() as watch:
                expect(page.get_by_role(role, name=name)).to_be_visible(timeout=60_000)
            took.append(watch)

        def order(name: str) -> dict[str, Any]:
            lines = [{"sku": "S0", "name": "Bread", "quantity": 1, "price": "500.00"}]
            return {"external_id": name, "member": {"card": stage["card"]}, "occurred_at": datetime.now(UTC).isoformat(), "lines": lines}

        seen("orders/", order("A-1"), "progressbar", "Two breads: 1 of 2")
        seen("orders/", order("A-2"), "dialog", "Латунь")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()
        back = {"external_id": "A-2-back", "occurred_at": datetime.now(UTC).isoformat(), "lines": [{"sku": "S0", "name": "Bread", "amount": "500.00"}]}
        seen("orders/A-2/returns/", back, "progressbar", "Two breads: 1 of 2")
        assert page.evaluate("window.neverReloaded")
        page.goto(f"{running.url}/quests/two-breads/")
        expect(page.get_by_text("A return took the reward back")).to_be_visible()
        say(f"from the till's answer to the page: {', '.join(f'{watch.seconds:.1f} s' for watch in took)}")
        assert all(watch.within(WITHIN) for watch in took), took
        context.close()
