"""Mass jobs against their floor: `python -m benchmarks.jobs` (PostgreSQL).

A million lots run out (`ledger.expire_points`, what `expire_points` calls) and a million members are credited (a campaign's
`ledger.credit_each`), by two workers each: as fast as they can; and as the product runs them, resting between portions (`loyalty.tasks.give_way`),
while tills record orders at a steady rate. The floor writes the same rows of
benchmarks/floor.sql's tables by hand: `INSERT … SELECT` and `UPDATE`, by two connections in chunks of 5 000.

`--phase fill` makes the database and leaves it, `--phase measure` uses it, `--phase verify` checks the ledger after it.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import harness

PARTS = ("floor_expire", "floor_credit", "expire", "credit")
FLOOR_CHUNK = 5000
# From when on lots of the first set have run out; each further set a day later.
FIRST_END = datetime(2026, 3, 1, tzinfo=UTC)

_DUE = """
INSERT INTO loyalty_entry (member_id, kind, points, forgiven, occurred_at, created_at, key, reason)
SELECT n, 'accrual', 50 + n %% 100, 0, %(end)s::timestamptz - interval '1 year', %(end)s::timestamptz - interval '1 year', %(name)s || n, ''
FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO loyalty_lot (entry_id, member_id, source, points, remaining, occurred_at, available_at, expires_at)
SELECT id, member_id, 'base', points, points, occurred_at, occurred_at + interval '7 days', %(end)s
FROM loyalty_entry WHERE member_id BETWEEN %(first)s AND %(last)s AND kind = 'accrual' AND occurred_at = %(end)s::timestamptz - interval '1 year';
"""
_FLOOR_DUE = """
INSERT INTO floor_entry (account, kind, points, occurred_at, key)
SELECT n, 'credit', 50 + n %% 100, %(end)s::timestamptz - interval '1 year', %(name)s || n FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO floor_lot (account, entry, points, remaining, expires_at)
SELECT account, id, points, points, %(end)s FROM floor_entry
WHERE account BETWEEN %(first)s AND %(last)s AND occurred_at = %(end)s::timestamptz - interval '1 year';
UPDATE floor_account SET balance = balance + 50 + id %% 100 WHERE id BETWEEN %(first)s AND %(last)s;
"""
_FLOOR_EXPIRE = """
WITH due AS MATERIALIZED (
    SELECT id, account, remaining, expires_at, nextval('floor_entry_id_seq') AS entry FROM floor_lot
    WHERE account BETWEEN %(first)s AND %(last)s AND remaining > 0 AND expires_at <= %(end)s
), entries AS (
    INSERT INTO floor_entry (id, account, kind, points, occurred_at, key) OVERRIDING SYSTEM VALUE
    SELECT entry, account, 'expiry', -remaining, expires_at, 'expiry:' || id FROM due
), allocations AS (
    INSERT INTO floor_allocation SELECT entry, id, remaining FROM due
), news AS (
    INSERT INTO floor_event (kind, account, payload) SELECT 'expired', account, jsonb_build_object('entry', entry) FROM due
), balances AS (
    UPDATE floor_account AS account SET balance = balance - due.remaining FROM due WHERE account.id = due.account AND account.id BETWEEN %(first)s AND %(last)s
)
UPDATE floor_lot SET remaining = 0 WHERE id = ANY(ARRAY(SELECT id FROM due))
"""
_FLOOR_CREDIT = """
WITH entries AS (
    INSERT INTO floor_entry (account, kind, points, occurred_at, key) SELECT id, 'credit', 10, now(), %(name)s || id FROM floor_account
    WHERE id BETWEEN %(first)s AND %(last)s ON CONFLICT (key) DO NOTHING RETURNING id, account, points
), lots AS (
    INSERT INTO floor_lot (account, entry, points, remaining, expires_at) SELECT account, id, points, points, now() + interval '1 year' FROM entries
), news AS (
    INSERT INTO floor_event (kind, account, payload) SELECT 'credited', account, jsonb_build_object('entry', id) FROM entries
)
UPDATE floor_account AS account SET balance = balance + entries.points FROM entries
WHERE account.id = entries.account AND account.id BETWEEN %(first)s AND %(last)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lots", type=int, default=1_000_000, help="and as many members")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run, where others used the database before")
    parser.add_argument("--rate", type=float, default=30, help="orders a second while the jobs run")
    parser.add_argument("--seconds", type=float, default=15, help="how long tills are measured without a job")
    parser.add_argument("--phase", choices=["fill", "measure", "verify"], action="append")
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--name", default="", help=argparse.SUPPRESS)
    parser.add_argument("--end", help=argparse.SUPPRESS)
    parser.add_argument("--gently", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        harness.set_up()
        _work(options)
        return
    phases = options.phase or ["fill", "measure", "verify"]
    with harness.database(fresh="fill" in phases, keep=options.phase is not None and "verify" not in phases):
        if "fill" in phases:
            fill(options.lots, sets=2 * options.runs)
        if "measure" in phases:
            measure(options)
        if "verify" in phases:
            verify()


def fill(lots: int, *, sets: int) -> None:
    """Members with a rich lot each, and `sets` lots more that run out a day after each other."""
    from django.db import connection

    from benchmarks import ledger, population

    ledger.prepare(lots, entries=1)
    for number in range(sets):
        for first in range(1, lots + 1, 100_000):
            values: dict[str, Any] = {"first": first, "last": min(first + 99_999, lots), "end": FIRST_END + timedelta(days=number), "name": f"due{number}:"}
            with connection.cursor() as cursor:
                cursor.execute(_DUE, values)
                # The floor is not measured with tills at work.
                if number % 2 == 0:
                    cursor.execute(_FLOOR_DUE, values)
    population.vacuum()


def measure(options: argparse.Namespace) -> None:
    """Rates of the floor and of the jobs, alone and with tills at work; prints medians with their range."""
    from benchmarks import rest

    rates: dict[str, list[float]] = {}
    chunks: dict[str, list[float]] = {}
    latencies: dict[str, list[float]] = {}

    def job(part: str, run: int, tills: Callable[[Callable[[], bool]], list[float]] | None = None) -> None:
        # Names of campaigns, and the days on which lots ran out, are used once.
        end = FIRST_END + timedelta(days=2 * run + bool(tills))
        name = f"{part} with tills" if tills else part
        ended = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            times: list[Future[list[float]]] = []
            begin = (lambda: times.append(pool.submit(tills, ended.is_set))) if tills else (lambda: None)
            try:
                given: dict[str, Any] = {**_given(options), "end": end.isoformat(), "name": f"run{time.time_ns()}", "gently": int(bool(tills))}
                results = harness.together("benchmarks.jobs", part, processes=options.workers, begin=begin, **given)
            finally:
                ended.set()
            for future in times:
                latencies.setdefault(f"while {part} runs", []).extend(future.result())
        done = sum(result["done"] for result in results)
        assert done == options.lots, f"{part}: {done} of {options.lots}"
        rates.setdefault(name, []).append(done / max(result["took"] for result in results))
        chunks.setdefault(name, []).extend(seconds for result in results for seconds in result["chunks"])

    with rest.serve("gunicorn") as port:
        order = rest.calls(options.lots)["order"]
        rest.ask(port, order, seconds=3, clients=8)
        for run in range(options.first, options.first + options.runs):
            latencies.setdefault("no job", []).extend(rest.steady(port, order, rate=options.rate, until=_after(options.seconds)))
            for part in PARTS:
                job(part, run)
            for part in ("expire", "credit"):
                job(part, run, lambda until: rest.steady(port, order, rate=options.rate, until=until))
    print(harness.machine())
    print(f"{options.lots:,} lots, {options.workers} workers, {options.runs} runs; tills: {options.rate:g} orders/s")
    for name, values in rates.items():
        floor = rates.get(f"floor_{name.split()[0]}")
        ratio = f"{harness.median(values) / harness.median(floor):.2f} × floor" if floor else ""
        times = f"chunks p50 {_percentile(chunks[name], 50)}, p99 {_percentile(chunks[name], 99)}, longest {max(chunks[name]) * 1000:.0f} ms"
        print(f"{name:20}{harness.spread(values)}  {ratio:12} {times}")
    for name, values in latencies.items():
        print(f"an order, {name:20} p50 {_percentile(values, 50)}, p99 {_percentile(values, 99)}  ({len(values)} orders)")


def verify() -> None:
    """Every invariant of the ledger, after all that."""
    from django.utils import timezone

    from loyalty.domain import verify as checks

    began = time.perf_counter()
    found = [violation.message for violation in checks.verify(now=timezone.now())]
    print(f"verify_ledger: {len(found)} violations in {time.perf_counter() - began:.0f} s {found[:3] or ''}")
    assert not found


def _given(options: argparse.Namespace) -> dict[str, object]:
    return {"lots": options.lots, "workers": options.workers}


def _after(seconds: float) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def _percentile(values: list[float], which: int) -> str:
    return f"{statistics.quantiles(values, n=100, method='inclusive')[which - 1] * 1000:.0f} ms" if len(values) > 1 else "?"


def _work(options: argparse.Namespace) -> None:
    chunks: list[float] = []
    run = {"floor_expire": _floor, "floor_credit": _floor, "expire": _expire, "credit": _credit}[options.part]
    harness.start_line()
    began = time.perf_counter()
    done = 0
    for count, seconds in run(options):
        done += count
        if count:
            chunks.append(seconds)
    print(json.dumps({"done": done, "took": time.perf_counter() - began, "chunks": chunks}))


def _ranges(options: argparse.Namespace, size: int) -> Iterator[tuple[int, int]]:
    """First and last member of each chunk of this worker's share."""
    share = -(-options.lots // options.workers)
    begin, end = options.place * share + 1, min((options.place + 1) * share, options.lots)
    for first in range(begin, end + 1, size):
        yield first, min(first + size - 1, end)


def _floor(options: argparse.Namespace) -> Iterator[tuple[int, float]]:
    from django.db import connection, transaction

    text = _FLOOR_EXPIRE if options.part == "floor_expire" else _FLOOR_CREDIT
    for first, last in _ranges(options, FLOOR_CHUNK):
        began = time.perf_counter()
        values = {"first": first, "last": last, "end": options.end, "name": options.name}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM floor_account WHERE id BETWEEN %(first)s AND %(last)s ORDER BY id FOR NO KEY UPDATE", values)
            cursor.execute(text, values)
            count = cursor.rowcount
        yield count, time.perf_counter() - began


def _expire(options: argparse.Namespace) -> Iterator[tuple[int, float]]:
    from django.utils import timezone

    from loyalty.domain.ledger import door

    heard: list[tuple[int, float]] = []
    door.expire_points(now=timezone.now(), as_of=datetime.fromisoformat(options.end), report=_hear(options, heard))
    yield from heard


def _hear(options: argparse.Namespace, heard: list[tuple[int, float]]) -> Callable[[int, float], None]:
    from loyalty.tasks import give_way

    def hear(count: int, seconds: float) -> None:
        heard.append((count, seconds))
        if options.gently:
            give_way(count, seconds)

    return hear


def _credit(options: argparse.Namespace) -> Iterator[tuple[int, float]]:
    from django.utils import timezone

    from loyalty.domain.ledger import Gift, door
    from loyalty.enums import EntryKind, LotSource

    now = timezone.now()
    gift = Gift(EntryKind.OFFER, 10, options.name, now, now, now + timedelta(days=365), LotSource.OFFER)
    heard: list[tuple[int, float]] = []
    ((first, last),) = _ranges(options, options.lots)
    door.credit_each(range(first, last + 1), gift, now=now, report=_hear(options, heard))
    yield from heard


if __name__ == "__main__":
    main()
