"""Starts processes of tills against a running product, and reads their journals."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests import servers
from tests.load.book import Record
from tests.load.cluster import ROOT, Cluster, until

POINTS = 300
_MEMBERS = 40
_COMMON = 4
_PROCESSES = 2
FOR_EVER = 10**9


@dataclass
class Journal:
    """What the tills wrote. `times`: when each try ended, how, and how many seconds it took."""

    calls: list[Record] = field(default_factory=list)
    times: list[tuple[float, str, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def outcomes(self) -> Counter[str]:
        """Statuses, and the names of errors, counted."""
        return Counter(how for _at, how, _took in self.times)


class Trade:
    """Tills at work. `postings`: how many they make unless they are stopped before."""

    def __init__(self, running: Cluster, folder: Path, *, seed: int, postings: int = FOR_EVER, tills: int = 6, forgets: float = 0.0) -> None:
        self.done = 0
        self.stage = json.loads(running.run("tests/load/stage.py", "set", str(_MEMBERS), str(POINTS)))
        self._pause = threading.Event()
        self._running, self._folder = running, folder
        self._processes = [self._start(number, seed, postings // _PROCESSES, tills, forgets) for number in range(_PROCESSES)]

    def _start(self, number: int, seed: int, postings: int, tills: int, forgets: float) -> "subprocess.Popen[bytes]":
        """A process of tills that share some members with the others'. The last of them may forget what it was doing when a call fails."""
        cards = self.stage["cards"]
        common, own = cards[:_COMMON], cards[_COMMON + number :: _PROCESSES]
        plans = [{"name": f"p{number}t{place}", "cards": [*common, *own[place::tills]], "forgets": 0.0} for place in range(tills)]
        plans[-1]["forgets"] = forgets
        plan = {"url": self._running.url, "api_key": self.stage["api_key"], "seed": seed, "postings": postings, "tills": plans}
        path = self._folder / f"plan{number}.json"
        path.write_text(json.dumps(plan))
        process = subprocess.Popen(
            [sys.executable, "tests/load/tills.py", path, self._journal(number)], cwd=ROOT, stdout=subprocess.PIPE, preexec_fn=servers._end_with_parent
        )
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        return process

    def _journal(self, number: int) -> Path:
        return self._folder / f"journal{number}.json"

    def watch(self, tick: Callable[[int], object]) -> None:
        """Call `tick` with the number of postings done, again and again until the tills are through."""
        while any(one.poll() is None for one in self._processes):
            tick(self._count())
            self._pause.wait(0.02)

    def go_on(self, seconds: float) -> None:
        """Let them trade for a while."""
        self._pause.wait(seconds)

    def until_more(self, postings: int, *, seconds: float) -> None:
        """Let them trade until this many more postings are done."""
        wanted = self._count() + postings
        until(lambda: self._count() >= wanted, seconds=seconds, what=f"{postings} postings")

    def stop(self) -> Journal:
        """Let every till finish its call, and read the journals."""
        for one in self._processes:
            one.terminate()
        return self.read()

    def read(self) -> Journal:
        """The journals of tills that are through."""
        found = Journal()
        for number, one in enumerate(self._processes):
            until(lambda one=one: [self._count(), one.poll() is not None][1], seconds=60, what="tills are through")
            assert one.returncode == 0
            if one.stdout:
                one.stdout.close()
            written = json.loads(self._journal(number).read_text())
            found.calls += written["calls"]
            found.times += [(at, how, took) for at, how, took in written["times"]]
            found.faults += written["faults"]
        found.times.sort()
        return found

    def kill(self) -> None:
        """End them, whatever they do."""
        for one in self._processes:
            one.kill()
            one.wait()

    def _count(self) -> int:
        for one in self._processes:
            if one.stdout and not one.stdout.closed:
                self.done += len(one.stdout.read() or b"")
        return self.done

    def all_handled(self) -> bool:
        """Whether every consumer has handled every event."""
        with psycopg.connect(self._running.environment["DATABASE_URL"]) as connection:
            last = connection.execute("SELECT coalesce(max(id), 0) FROM loyalty_event").fetchone()
            marks = dict(connection.execute("SELECT name, planned_to FROM loyalty_consumermark").fetchall())
            left = connection.execute("SELECT count(*) FROM loyalty_backlog").fetchone()
        return last is not None and left == (0,) and all(marks.get(name, 0) >= last[0] for name in self.stage["consumers"])

    def ledger(self) -> Record:
        """What the ledger holds (tests/load/stage.py)."""
        found: Record = json.loads(self._running.run("tests/load/stage.py", "read"))
        return found
