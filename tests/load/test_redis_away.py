"""Without Redis nothing fails: limits are counted in the table, and events wait in the database."""

import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.clock import watched
from tests.load import book
from tests.load.cluster import Cluster, cluster, until
from tests.load.conftest import Sizes, say
from tests.load.trade import POINTS, Trade

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]
PAGES = ("/", "/accounts/login/", "/healthz", "/readyz", "/api/v1/schema/")


@pytest.mark.parametrize("how", ["gone", "frozen"])
def test_no_call_fails_and_events_are_handled_when_it_is_back(how: str, sizes: Sizes, tmp_path: Path) -> None:
    say(f"\nFAULT_SEED={sizes.seed}: Redis {how} for {sizes.redis_seconds} s")
    with cluster() as running:
        trade = Trade(running, tmp_path, seed=sizes.seed)
        try:
            trade.until_more(50, seconds=60)
            since = time.time()
            (running.redis.crash if how == "gone" else running.redis.freeze)()
            with watched() as watch:
                trade.go_on(sizes.redis_seconds / 2)
                pages = {path: open_page(running, path) for path in PAGES}
                trade.go_on(sizes.redis_seconds / 2)
            (running.redis.start if how == "gone" else running.redis.thaw)()
            until_back = time.time()
            trade.go_on(2)
            journal = trade.stop()
        finally:
            trade.kill()
        drained = until(lambda: trade.all_handled() and time.time() - until_back, seconds=60, what="every event is handled")
        differences = book.compare(journal.calls, trade.ledger(), points=POINTS)
    meanwhile = [(how, took) for at, how, took in journal.times if since < at < until_back]
    slowest = max(took for _how, took in meanwhile)
    say(
        f"{len(meanwhile)} calls meanwhile, the slowest {slowest:.2f} s (a machine {watch.slowness:.1f} times too slow); {dict(journal.outcomes)}; "
        f"pages {pages}; {len(differences)} differences; events handled {drained:.1f} s after Redis came back"
    )
    assert journal.faults == []
    assert {how for _at, how, _took in journal.times} <= {"200", "201", "409", "422"}
    assert len(meanwhile) > 5 * sizes.redis_seconds / watch.slowness
    assert slowest < 5 * watch.slowness
    assert all(status < 400 for status, _seconds in pages.values())
    assert differences == []


def open_page(running: Cluster, path: str) -> tuple[int, float]:
    """(status, seconds) of a page."""
    started = time.monotonic()
    try:
        with urllib.request.urlopen(running.url + path, timeout=15) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    return status, round(time.monotonic() - started, 2)
