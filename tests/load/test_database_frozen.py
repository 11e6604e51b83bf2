"""A PostgreSQL that answers nobody: tills are asked to come again, soon; nothing piles up; and it goes on once the server does."""

import time
from pathlib import Path

import pytest

from tests.clock import watched
from tests.load import book
from tests.load.cluster import WEB_PROCESSES, Cluster, cluster
from tests.load.conftest import Sizes, say
from tests.load.test_redis_away import open_page
from tests.load.trade import POINTS, Trade

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]
# A second of patience and two of looking, on top of what a call took before; the rest is for a busy machine, and a slow one is allowed for.
LONGER_BY = 6.0
BACK_WITHIN = 8.0
# Of each of the two processes of tills: twice as many as there are threads to serve them.
TILLS = 8


def test_it_answers_503_at_once_and_recovers(sizes: Sizes, tmp_path: Path) -> None:
    say(f"\nFAULT_SEED={sizes.seed}: PostgreSQL frozen for {sizes.stall_seconds} s")
    with cluster() as running:
        trade = Trade(running, tmp_path, seed=sizes.seed, tills=TILLS)
        try:
            trade.until_more(100, seconds=60)
            frozen_at = time.time()
            running.postgres.freeze()
            probes, connections = [], []
            with watched() as watch:
                while time.time() < frozen_at + sizes.stall_seconds:
                    trade.go_on(0.5)
                    probes.append(open_page(running, "/healthz"))
                    connections.append(_connections(running))
                page = open_page(running, "/card/pay/"), open_page(running, "/readyz")
                running.postgres.thaw()
                thawed_at = time.time()
                trade.until_more(50, seconds=60)
            journal = trade.stop()
        finally:
            running.postgres.thaw()
            trade.kill()
        differences = book.compare(journal.calls, trade.ledger(), points=POINTS)
    meanwhile = [(how, took) for at, how, took in journal.times if frozen_at < at < thawed_at]
    back = min(at for at, how, _took in journal.times if at > thawed_at and how in ("200", "201")) - thawed_at
    usual = max(took for at, _how, took in journal.times if at < frozen_at)
    slowest = max(took for at, _how, took in journal.times if at > frozen_at)
    longest = usual + LONGER_BY * watch.slowness
    say(
        f"{len(meanwhile)} calls meanwhile, the slowest {slowest:.2f} s (before: {usual:.2f} s, allowed: {longest:.2f} s); {dict(journal.outcomes)}; "
        f"/healthz at worst {max(took for _s, took in probes):.2f} s; pages {page}; at most {max(connections)} connections; first success {back:.2f} s after; "
        f"{len(differences)} differences"
    )
    assert journal.faults == []
    assert set(journal.outcomes) <= {"200", "201", "409", "422", "503"}
    assert {how for how, _took in meanwhile if how != "503"} <= {"200", "201", "422"}
    assert journal.outcomes["503"] > 2 * sizes.stall_seconds
    assert slowest < longest
    assert all(status == 200 and took < longest for status, took in probes)
    assert [status for status, _took in page] == [503, 503]
    # Four threads of each web process, two workers, and those who look.
    assert max(connections) <= WEB_PROCESSES * 5 + 12
    assert back < BACK_WITHIN * watch.slowness
    assert differences == []


def _connections(running: Cluster) -> int:
    """Sockets of clients connected to the server, as the kernel lists them."""
    port = f":{running.postgres.port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2].endswith(port) and row[3] == "01" for row in rows)
