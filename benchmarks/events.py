"""Throughput of the events sweep on PostgreSQL: `DATABASE_URL=postgres://… python -m benchmarks.events`.

Works in a database of its own (`zheton_bench_events` next to the one named), which it drops at the end.
Each event has an effect: the consumer inserts one row, and the end of a run counts that each is there once.
(a) backlog: N events wait, W workers drain them; (b) live: posters commit small batches while the
workers sweep, some of them rolled back; the delay of the last event is what remains after the last commit.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

DATABASE = "zheton_bench_events"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--posters", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=20, help="events a posting transaction")
    parser.add_argument("--part", choices=["work", "post"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        _set_up()
        if options.part == "work":
            _work()
        else:
            _post(options.seconds, options.batch)
        return
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("Set DATABASE_URL=postgres://… : the sweep is measured on PostgreSQL.")
    import psycopg

    parts = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(urlunsplit(parts), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
        os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{DATABASE}"))
        try:
            _measure(options)
        finally:
            from django.db import connections

            connections.close_all()
            server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _measure(options: argparse.Namespace) -> None:
    _set_up()
    from django.core.management import call_command
    from django.db import connection

    from loyalty.domain import ledger

    call_command("migrate", verbosity=0)
    ledger.remove_triggers()  # runs start from an empty table
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_effect (event_id bigint NOT NULL)")
    backlog, live = [], []
    for run in range(1, options.runs + 1):
        rate = _backlog_run(options)
        backlog.append(rate)
        posted, handled, delay = _live_run(options)
        live.append(handled)
        print(
            f"run {run}: backlog {rate:,.0f} events/s; live: posted {posted:,.0f}/s, handled {handled:,.0f}/s, last one {delay * 1000:.0f} ms after its commit"
        )
    print(f"{options.workers} workers, {options.posters} posters, {options.events} events waiting")
    print(f"backlog: median {statistics.median(backlog):,.0f} events/s (from {min(backlog):,.0f} to {max(backlog):,.0f})")
    print(f"live:    median {statistics.median(live):,.0f} events/s (from {min(live):,.0f} to {max(live):,.0f})")


def _backlog_run(options: argparse.Namespace) -> float:
    from django.db import connection

    _clear()
    with connection.cursor() as cursor:
        columns, values = "kind, occurred_at, created_at, payload", """'order_recorded', now(), now(), '{"order": 1}'"""
        cursor.execute(f"INSERT INTO loyalty_event ({columns}) SELECT {values} FROM generate_series(1, %s)", [options.events])
    workers = _start("work", options.workers)
    began = time.perf_counter()
    _until_handled(options.events)
    took = time.perf_counter() - began
    _stop(workers)
    _check()
    return float(options.events / took)


def _live_run(options: argparse.Namespace) -> tuple[float, float, float]:
    _clear()
    workers = _start("work", options.workers)
    posters = _start("post", options.posters, "--seconds", str(options.seconds), "--batch", str(options.batch))
    began = time.perf_counter()
    for poster in posters:
        poster.wait()
    posted = time.perf_counter()
    count = _count("loyalty_event")
    _until_handled(count)
    ended = time.perf_counter()
    _stop(workers)
    _check()
    return count / (posted - began), count / (ended - began), ended - posted


def _work() -> None:
    """A worker: sweeps again and again, as wake-up calls make it."""
    from django.db import connection
    from django.utils import timezone

    from loyalty.domain import events
    from loyalty.models import Event

    for name in events.names():
        events.unregister(name)

    @events.consumer("bench")
    def effect(events: Sequence[Event], *, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_effect SELECT unnest(%s::bigint[])", [[event.pk for event in events]])

    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        if not events.sweep(now=timezone.now()).handled:
            time.sleep(0.005)


def _post(seconds: float, batch: int) -> None:
    """A poster: some events a transaction, every 50th rolled back. Its commits don't wait for the disk: the sweep is what is measured."""
    from django.db import connection, transaction
    from django.utils import timezone

    from loyalty.domain import events
    from loyalty.enums import EventKind

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    print("ready", flush=True)
    sys.stdin.readline()
    turn, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        turn += 1
        now = timezone.now()
        with transaction.atomic():
            events.record([(EventKind.ORDER_RECORDED, None, now, {"order": turn})] * batch, now=now)
            if turn % 50 == 0:
                transaction.set_rollback(True)


def _set_up() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="loyalty.settings", ZHETON_TESTING="1", DEBUG="1", LOG_LEVEL="ERROR")
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False  # a debugging connection keeps every query


def _start(part: str, count: int, *arguments: str) -> list["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "benchmarks.events", "--part", part, *arguments]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    for process in started:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return started


def _stop(processes: Sequence["subprocess.Popen[str]"]) -> None:
    for process in processes:
        process.terminate()
        process.wait()


def _until_handled(count: int) -> None:
    while _count("bench_effect") < count:
        time.sleep(0.01)


def _count(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _check() -> None:
    """Every committed event has exactly one effect."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT event_id) FROM bench_effect")
        effects, distinct = cursor.fetchone()
    if not effects == distinct == _count("loyalty_event"):
        sys.exit(f"{_count('loyalty_event')} events, {effects} effects of {distinct} events")


def _clear() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE loyalty_event, loyalty_backlog, loyalty_consumermark, bench_effect RESTART IDENTITY")
        cursor.execute("VACUUM ANALYZE loyalty_event, loyalty_backlog")


if __name__ == "__main__":
    main()
