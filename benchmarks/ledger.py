"""The ledger through its service layer against its floor (benchmarks/floor.sql): `python -m benchmarks.ledger`.

Single postings by several processes, each with its own connection and members, durable commits; batches of a
thousand by one process. Needs PostgreSQL: DATABASE_URL names a server, otherwise one is started.

`--hordak PYTHON` measures django-hordak's transfer as well (benchmarks/hordak.py), by as many processes of that
interpreter, in a database of its own on the same server.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks import harness

FLOOR = Path(__file__).with_name("floor.sql")
BATCH = 1000
SINGLES = ("floor_credit", "floor_spend", "credit", "spend", "known")
FLOOR_OF = {"credit": "floor_credit", "known": "floor_credit", "spend": "floor_spend", "batch_credit": "floor_batch", "batch_spend": "floor_batch"}
BATCHES = ("floor_batch", "batch_credit", "batch_spend")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--hordak", metavar="PYTHON", help="an interpreter that has django-hordak")
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--part", choices=[*SINGLES, *BATCHES], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        harness.set_up()
        _work(options)
        return
    with harness.server() as url, contextlib.ExitStack() as stack:
        stack.enter_context(harness.database())
        prepare(options.members)
        transfer = stack.enter_context(_hordak(url, options)) if options.hordak else None
        measure(options.members, processes=options.processes, seconds=options.seconds, runs=options.runs, hordak=transfer)


@contextlib.contextmanager
def _hordak(url: str, options: argparse.Namespace) -> Iterator[Callable[[], float]]:
    """What measures django-hordak's transfers a second."""
    with harness.database_on(url, f"{harness.DATABASE}_hordak") as own:
        environment = {**os.environ, "DATABASE_URL": own}
        subprocess.run([options.hordak, "-m", "benchmarks.hordak", "--part", "prepare"], env=environment, check=True, stdout=subprocess.DEVNULL)
        yield lambda: harness.rate("benchmarks.hordak", "transfer", processes=options.processes, seconds=options.seconds, python=options.hordak, url=own)


def prepare(members: int, *, entries: int = 11) -> None:
    """Tables, floor, population."""
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import population
    from loyalty.domain import programme

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FLOOR.read_text())
    programme.current()
    population.make(members, entries=entries)


def measure(members: int, *, processes: int, seconds: float, runs: int, hordak: Callable[[], float] | None = None) -> dict[str, list[float]]:
    """Rates of all parts, a run of each in turn; prints medians with their range, ratios and WAL."""
    rates: dict[str, list[float]] = {part: [] for part in (*SINGLES, *BATCHES)}
    wal: dict[str, tuple[float, float]] = {}
    transfers: list[float] = []
    for _run in range(runs):
        for part in (*SINGLES, *BATCHES):
            one = harness.rate("benchmarks.ledger", part, processes=processes if part in SINGLES else 1, seconds=seconds, members=members)
            rates[part].append(one)
        if hordak:
            transfers.append(hordak())
    for part in rates:
        wal[part] = _wal_of(part, members=members, processes=processes if part in SINGLES else 1, seconds=seconds)
    print(harness.machine())
    print(f"{members:,} members, {processes} processes, {runs} runs of {seconds:g} s")
    for part, values in rates.items():
        floor = FLOOR_OF.get(part)
        ratio = f"{harness.median(values) / harness.median(rates[floor]):.2f} × floor" if floor else ""
        written = f"{wal[part][0]:8,.0f} B of WAL records a posting, {wal[part][1]:8,.0f} B of page images after a checkpoint"
        print(f"{part:14}{harness.spread(values)}  {ratio:15} {written}")
    if transfers:
        others = ", ".join(f"{part} is {harness.median(rates[part]) / harness.median(transfers):.2f} ×" for part in ("credit", "spend"))
        print(f"{'hordak':14}{harness.spread(transfers)}  {others}")
    else:
        print("hordak        not measured: --hordak PYTHON names an interpreter that has it")
    return rates


def _wal_of(part: str, *, members: int, processes: int, seconds: float) -> tuple[float, float]:
    """Bytes of WAL a posting in a run that begins with a checkpoint: records, and full-page images.

    A page is written whole when it is first changed after a checkpoint, so images say more about the checkpoints than about postings.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        cursor.execute("CHECKPOINT")
        begun = _place_and_postings()
        rate = harness.rate("benchmarks.ledger", part, processes=processes, seconds=seconds, members=members)
        ended = _place_and_postings()
        cursor.execute("SELECT sum(record_size), sum(fpi_size) FROM pg_get_wal_stats(%s, %s)", [begun[0], ended[0]])
        records, images = cursor.fetchone()
    # Known keys post nothing: each call counts.
    postings = max(ended[1] - begun[1], rate * seconds)
    return float(records) / postings, float(images) / postings


def _place_and_postings() -> tuple[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_flush_lsn(), (SELECT count(*) FROM loyalty_entry) + (SELECT count(*) FROM floor_entry)")
        place, postings = cursor.fetchone()
        return place, postings


def _work(options: argparse.Namespace) -> None:
    turn = _turn(options.part, _members(options))
    for _warm_up in range(20 if options.part in SINGLES else 2):
        turn()
    harness.start_line()
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < options.seconds:
        count += turn()
    print(json.dumps([count, took]))


def _members(options: argparse.Namespace) -> Iterator[int]:
    """Members in random order, those of this process alone."""
    own = random.Random(options.place)
    while True:
        yield own.randrange(options.members // options.processes) * options.processes + options.place % options.processes + 1


def _turn(part: str, members: Iterator[int]) -> Callable[[], int]:
    """What one turn of a part does; it returns how many postings it made."""
    from django.db import connection, transaction
    from django.utils import timezone

    from loyalty.domain import ledger, programme
    from loyalty.domain.ledger import PlannedEntry
    from loyalty.enums import EntryKind

    programme, own = programme.current(), f"{part}:{random.SystemRandom().getrandbits(40)}"
    numbers = iter(range(10**9))

    def call(function: str, many: int) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            if many == 1:
                cursor.execute(f"SELECT {function}(%s, 1, %s)", [next(members), f"{own}:{next(numbers)}"])
            else:
                rows: tuple[list[int], list[str]] = ([next(members) for _ in range(many)], [f"{own}:{next(numbers)}" for _ in range(many)])
                cursor.execute(f"SELECT {function}(member, 1, key) FROM unnest(%s::bigint[], %s::text[]) AS given(member, key) ORDER BY member", rows)
                cursor.fetchall()
        return many

    def spend(now: Any) -> ledger.Spend:
        return ledger.Spend(PlannedEntry(next(members), EntryKind.ADJUSTMENT, -1, now, key=f"{own}:{next(numbers)}"))

    def credit(now: Any, key: str | None = None) -> ledger.Credit:
        key = key or f"{own}:{next(numbers)}"
        return ledger.credit(member_id=next(members), kind=EntryKind.ADJUSTMENT, points=1, programme=programme, now=now, key=key)

    def post(postings: list[ledger.Credit | ledger.Spend], now: Any) -> int:
        return len(ledger.post(postings, now=now))

    def batch(make: Callable[[Any], ledger.Credit | ledger.Spend], many: int) -> int:
        now = timezone.now()
        return post([make(now) for _ in range(many)], now)

    turns: dict[str, Callable[[], int]] = {
        "floor_credit": lambda: call("floor_credit", 1),
        "floor_spend": lambda: call("floor_spend", 1),
        "floor_batch": lambda: call("floor_credit", BATCH),
        "credit": lambda: batch(credit, 1),
        "spend": lambda: batch(spend, 1),
        "known": lambda: batch(lambda now: credit(now, f"{own}:known"), 1),
        "batch_credit": lambda: batch(credit, BATCH),
        "batch_spend": lambda: batch(spend, BATCH),
    }
    return turns[part]


if __name__ == "__main__":
    main()
