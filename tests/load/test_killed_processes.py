"""Any process may be killed at any moment, PostgreSQL too: nothing is lost, nothing happens twice, and what follows from it happens."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from tests.load import book
from tests.load.cluster import ROOT, Cluster, cluster, until
from tests.load.conftest import Sizes, say

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.processes]
POINTS = 300
TILLS_A_PROCESS = 6
EVENTS_WITHIN = 60.0
PAUSE = threading.Event()


def test_nothing_is_lost_and_nothing_happens_twice(sizes: Sizes, tmp_path: Path) -> None:
    chance = random.Random(sizes.seed)
    say(f"\nFAULT_SEED={sizes.seed}: {sizes.postings} postings, {sizes.kills} kills of processes, {sizes.database_kills} of PostgreSQL")
    with cluster() as running:
        stage = json.loads(running.run("tests/load/stage.py", "set", "40", str(POINTS)))
        started = time.monotonic()
        journals = _trade(running, stage, sizes, chance, tmp_path)
        since_last_fault = until(
            lambda: _all_handled(running, stage["consumers"]) and time.monotonic() - journals.last_fault, seconds=EVENTS_WITHIN, what="events"
        )
        calls = journals.calls
        seconds, tries = journals.ended - started, sum(call["tries"] for call in calls)
        say(f"{seconds:.0f} s; killed: {dict(journals.killed)}; answers and failures: {dict(journals.statuses)}; {tries - len(calls)} calls repeated")
        ledger = json.loads(running.run("tests/load/stage.py", "read"))
        differences = book.compare(calls, ledger, points=POINTS)
        say(
            f"{book.acknowledged(calls)} documents and holds promised; {len(ledger['orders'])} orders, {len(ledger['returns'])} returns, "
            f"{len(ledger['holds'])} holds there; {len(differences)} differences; {len(ledger['violations'])} violations; "
            f"events handled {since_last_fault:.1f} s after the last fault"
        )
    assert journals.faults == []
    assert sum(journals.killed.values()) == sizes.kills + sizes.database_kills
    assert differences == []


class Journals:
    """What the tills wrote, and what was done to the processes meanwhile."""

    def __init__(self) -> None:
        self.calls: list[book.Row] = []
        self.statuses: Counter[str] = Counter()
        self.faults: list[str] = []
        self.killed: Counter[str] = Counter()
        self.last_fault = self.ended = time.monotonic()


def _trade(running: Cluster, stage: book.Row, sizes: Sizes, chance: random.Random, folder: Path) -> Journals:
    """Let tills trade, and kill something whenever another random part of the postings is done."""
    faults = ["process"] * sizes.kills + ["database"] * sizes.database_kills
    chance.shuffle(faults)
    moments = sorted(chance.uniform(0.02, 0.95) * sizes.postings for _fault in faults)
    tills = [_start_tills(running, stage, sizes, folder, number) for number in range(2)]
    journals, done = Journals(), 0
    while any(one.poll() is None for one in tills):
        done += sum(_dots(one) for one in tills)
        if moments and done >= moments[0]:
            moments.pop(0)
            if faults.pop() == "database":
                running.postgres.crash()
                running.postgres.start()
                journals.killed["postgres"] += 1
            else:
                # Right after a start nobody may be there yet.
                name = until(lambda: (found := running.kill_one(chance)) != "nobody" and found)
                journals.killed[name] += 1
            journals.last_fault = time.monotonic()
        else:
            _rest()
    journals.ended = time.monotonic()
    for number, one in enumerate(tills):
        assert one.returncode == 0
        one.stdout and one.stdout.close()
        written = json.loads((folder / f"journal{number}.json").read_text())
        journals.calls += written["calls"]
        journals.statuses.update(written["statuses"])
        journals.faults += written["faults"]
    return journals


def _start_tills(running: Cluster, stage: book.Row, sizes: Sizes, folder: Path, number: int) -> "subprocess.Popen[bytes]":
    """A process of tills that share some members with the others'. The last of them forgets what it was doing when a call fails."""
    cards, common = stage["cards"], stage["cards"][:4]
    own = cards[4 + number :: 2]
    tills = [{"name": f"p{number}t{place}", "cards": [*common, *own[place::TILLS_A_PROCESS]], "forgets": 0.0} for place in range(TILLS_A_PROCESS)]
    tills[-1]["forgets"] = 0.5
    plan = {"url": running.url, "api_key": stage["api_key"], "seed": sizes.seed, "postings": sizes.postings // 2, "tills": tills}
    path = folder / f"plan{number}.json"
    path.write_text(json.dumps(plan))
    process = subprocess.Popen([sys.executable, "tests/load/tills.py", path, folder / f"journal{number}.json"], cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    os.set_blocking(process.stdout.fileno(), False)
    return process


def _dots(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout
    return len(process.stdout.read() or b"")


def _rest() -> None:
    """A moment, in which the tills have the processor."""
    PAUSE.wait(0.02)


def _all_handled(running: Cluster, consumers: list[str]) -> bool:
    """Whether every consumer has handled every event."""
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        last = connection.execute("SELECT coalesce(max(id), 0) FROM loyalty_event").fetchone()
        marks = dict(connection.execute("SELECT name, planned_to FROM loyalty_consumermark").fetchall())
        left = connection.execute("SELECT count(*) FROM loyalty_backlog").fetchone()
    assert last
    return left == (0,) and all(marks.get(name, 0) >= last[0] for name in consumers)
