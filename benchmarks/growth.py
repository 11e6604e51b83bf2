"""What a posting, a spend and the home page cost as members grow: `python -m benchmarks.growth` (PostgreSQL on this machine).

A database of each size, 11 entries a member, made by benchmarks/population.py; then each in turn, in several rounds:
one process does one thing after another for members in random order. Cost is CPU time, of this process and of its
database connection, which holds on a busy machine too; next to it the time by the clock.

`--phase fill` makes the databases and leaves them, `--phase measure` uses them.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import harness

THINGS = ("posting", "spend", "home")
SIGNED_IN = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="members")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--active", type=int, default=0, help="only so many of the members come, chosen at random (default: all)")
    parser.add_argument("--phase", choices=["fill", "measure"], action="append")
    parser.add_argument("--part", choices=["fill", "measure"], help=argparse.SUPPRESS)
    parser.add_argument("--members", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        harness.set_up()
        if options.part == "fill":
            _fill(options.members)
        else:
            _measure(options.members, seconds=options.seconds, active=options.active)
        return
    phases = options.phase or ["fill", "measure"]
    keep = options.phase is not None and "measure" not in phases
    with harness.server() as url, contextlib.ExitStack() as stack:
        databases = {
            size: stack.enter_context(harness.database_on(url, f"{harness.DATABASE}_{size}", fresh="fill" in phases, keep=keep)) for size in options.sizes
        }
        if "fill" in phases:
            for size, address in databases.items():
                _part("fill", address, members=size)
        if "measure" in phases:
            measure(databases, rounds=options.rounds, seconds=options.seconds, active=options.active)


def measure(databases: dict[int, str], *, rounds: int, seconds: float, active: int = 0) -> None:
    """Rounds through all sizes; prints the median cost of each thing with its range, and how it rose from the smallest."""
    seen: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for number in range(rounds):
        for size, address in databases.items():
            for thing, costs in json.loads(_part("measure", address, members=size, seconds=seconds, active=active)).items():
                seen.setdefault((thing, size), []).append(costs)
            print(f"round {number + 1}: {size:,} members", file=sys.stderr, flush=True)
    print(harness.machine())
    who = f"{active:,} members come" if active else "all members come"
    print(f"{rounds} rounds of {seconds:g} s, {who}; ms of CPU (Python + PostgreSQL), ms by the clock")
    for thing in THINGS:
        first: list[float] = []
        for size in databases:
            python, server, clock = (statistics.median(column) for column in zip(*seen[thing, size], strict=True))
            totals = [one + other for one, other, _clock in seen[thing, size]]
            now = [statistics.median(totals), clock]
            first = first or now
            rise = ", ".join(f"{(after / before - 1) * 100:+.0f} %" for before, after in zip(first, now, strict=True))
            cost = f"{now[0]:6.3f} ({min(totals):.3f}–{max(totals):.3f}) = {python:.3f} + {server:.3f} ms CPU, {clock:6.3f} ms"
            print(f"{thing:8}{size:>11,} members  {cost}  {rise}")


def _part(part: str, address: str, **options: object) -> str:
    """The last line of what `--part part` prints, run on a database."""
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "benchmarks.growth", "--part", part, *arguments]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def _fill(members: int) -> None:
    """The population, and a log-in for some of them."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import Member, User
    from benchmarks import ledger, population

    ledger.prepare(members)
    users = User.objects.bulk_create(User(email=f"m{n}@example.org", password=make_password(None)) for n in range(SIGNED_IN))
    chosen = random.Random(1).sample(range(1, members + 1), SIGNED_IN)
    for pk, user in zip(chosen, users, strict=True):
        Member.objects.filter(pk=pk).update(user=user, email=user.email)
    population.vacuum()


def _measure(members: int, *, seconds: float, active: int) -> None:
    from django.conf import settings
    from django.db import connection, transaction
    from django.test import Client
    from django.utils import timezone

    from accounts.models import User
    from loyalty.domain import programme as programmes
    from loyalty.domain.ledger import PlannedEntry, credit, door
    from loyalty.enums import EntryKind

    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    programme, run = programmes.current(), random.SystemRandom()
    present = random.Random(2).sample(range(1, members + 1), min(active, members)) if active else range(1, members + 1)
    clients = []
    for user in User.objects.exclude(member=None)[:SIGNED_IN]:
        client = Client()
        client.force_login(user)
        clients.append(client)

    def posting() -> None:
        now, pk = timezone.now(), run.choice(present)
        door.post([credit(member_id=pk, kind=EntryKind.ADJUSTMENT, points=1, programme=programme, now=now, key=f"g{run.getrandbits(60)}")], now=now)

    def spend() -> None:
        now, pk = timezone.now(), run.choice(present)
        door.post([door.Spend(PlannedEntry(pk, EntryKind.ADJUSTMENT, -1, now, key=f"g{run.getrandbits(60)}"))], now=now)

    def home() -> None:
        answer = run.choice(clients).get("/")
        assert answer.status_code == 200, answer

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    assert not transaction.get_connection().in_atomic_block
    print(json.dumps({name: _cost(do, backend, seconds) for name, do in zip(THINGS, (posting, spend, home), strict=True)}))


def _cost(do: Callable[[], None], backend: int, seconds: float) -> tuple[float, float, float]:
    """Milliseconds each time: CPU of this process, CPU of its connection, by the clock."""
    warm = time.perf_counter() + seconds / 3
    while time.perf_counter() < warm:
        do()
    own, other, began = time.process_time(), _cpu(backend), time.perf_counter()
    count = 0
    while time.perf_counter() - began < seconds:
        do()
        count += 1
    spent = time.process_time() - own, _cpu(backend) - other, time.perf_counter() - began
    python, server, clock = (value * 1000 / count for value in spent)
    return python, server, clock


def _cpu(process: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
