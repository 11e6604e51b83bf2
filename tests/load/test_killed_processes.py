"""Any process may be killed at any moment, PostgreSQL too: nothing is lost, nothing happens twice, and what follows from it happens."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.load import book
from tests.load.cluster import Cluster, cluster, until
from tests.load.conftest import Sizes, say
from tests.load.trade import POINTS, Trade

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]
EVENTS_WITHIN = 60.0


def test_nothing_is_lost_and_nothing_happens_twice(sizes: Sizes, tmp_path: Path) -> None:
    say(f"\nFAULT_SEED={sizes.seed}: {sizes.postings} postings, {sizes.kills} kills of processes, {sizes.database_kills} of PostgreSQL")
    with cluster() as running:
        started = time.monotonic()
        # One till of each process forgets half of the calls that fail: these may be there, but once.
        trade = Trade(running, tmp_path, seed=sizes.seed, postings=sizes.postings, forgets=0.5)
        killer = Killer(running, sizes)
        try:
            trade.watch(killer)
            journal = trade.read()
        finally:
            trade.kill()
        seconds = time.monotonic() - started
        # From the last fault or, where tills went on for long, from the last posting.
        since = max(killer.last_at, started + seconds)
        late = until(lambda: trade.all_handled() and time.monotonic() - since, seconds=EVENTS_WITHIN, what="every event is handled")
        ledger = trade.ledger()
        differences = book.compare(journal.calls, ledger, points=POINTS)
    repeated = len(journal.times) - len(journal.calls)
    say(f"{trade.done} postings in {seconds:.0f} s; killed: {dict(killer.killed)}; outcomes: {dict(journal.outcomes)}; {repeated} calls repeated")
    say(
        f"{book.acknowledged(journal.calls)} documents and holds promised; there are {len(ledger['orders'])} orders, {len(ledger['returns'])} returns, "
        f"{len(ledger['holds'])} holds; {len(differences)} differences, {len(ledger['violations'])} violations; "
        f"events handled {late:.1f} s after the last fault and posting"
    )
    # Both at once: an answer that is wrong and what it did to the books explain each other.
    assert (differences, journal.faults[:5]) == ([], [])
    assert killer.killed.total() == sizes.kills + sizes.database_kills
    assert killer.killed["postgres"] == sizes.database_kills


class Killer:
    """Kills something whenever another random part of the postings is done."""

    def __init__(self, running: Cluster, sizes: Sizes) -> None:
        self._running = running
        self._chance = random.Random(sizes.seed)
        self._faults = ["process"] * sizes.kills + ["database"] * sizes.database_kills
        self._chance.shuffle(self._faults)
        self._moments = sorted(self._chance.uniform(0.02, 0.95) * sizes.postings for _fault in self._faults)
        self.killed: Counter[str] = Counter()
        self.last_at = time.monotonic()

    def __call__(self, done: int) -> None:
        """Do what is due after so many postings."""
        if not self._moments or done < self._moments[0]:
            return
        self._moments.pop(0)
        if self._faults.pop() == "database":
            self._running.postgres.crash()
            self._running.postgres.start()
            self.killed["postgres"] += 1
        else:
            # Right after a kill nobody may be there yet.
            self.killed[until(lambda: self._running.kill_one(self._chance))] += 1
        self.last_at = time.monotonic()
