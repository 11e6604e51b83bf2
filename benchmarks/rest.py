"""The API and the home page through the real server: `python -m benchmarks.rest` (PostgreSQL).

Each part is asked by 8 clients on connections that stay open, against its floor on the same server: a bare DRF
view with the minimal procedure, a bare page with session and five queries. `--server gunicorn granian` compares
them: both stand there, and are asked in turn.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import harness

CLIENTS = 8
BATCH = 500
PARTS = ("floor_posting", "order", "batch", "floor_page", "home")
SERVERS = {
    "gunicorn": "gunicorn loyalty.wsgi --bind 127.0.0.1:{port} --worker-class gthread --workers 2 --threads 4 --keep-alive 30 --log-level warning",
    "granian": "granian --interface wsgi loyalty.wsgi:application --host 127.0.0.1 --port {port} --workers 2 --blocking-threads 4 --no-ws --log-level warning",
}
Call = tuple[str, str, bytes, dict[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--server", choices=[*SERVERS], nargs="+", default=["gunicorn"])
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=PARTS)
    options = parser.parse_args()
    with harness.database():
        from benchmarks import ledger

        ledger.prepare(options.members)
        print(harness.machine())
        measure(options.members, seconds=options.seconds, runs=options.runs, servers=options.server, parts=options.parts)


def measure(members: int, *, seconds: float, runs: int, servers: Sequence[str] = ("gunicorn",), parts: Sequence[str] = PARTS) -> None:
    """Prints the rates of all parts, medians with their range, latencies and ratios to the floors of the same server."""
    made = calls(members)
    rates: dict[tuple[str, str], list[float]] = {}
    latencies: dict[tuple[str, str], list[float]] = {}
    with contextlib.ExitStack() as stack:
        ports = {server: stack.enter_context(serve(server)) for server in servers}
        for port in ports.values():
            for part in parts:
                ask(port, made[part], seconds=1, clients=_clients(part))
        for _run in range(runs):
            for part in parts:
                for server, port in ports.items():
                    times = ask(port, made[part], seconds=seconds, clients=_clients(part))
                    rates.setdefault((server, part), []).append(len(times) / seconds)
                    latencies.setdefault((server, part), []).extend(times)
    print(f"2 processes of 4 threads, {CLIENTS} clients, {members:,} members, {runs} runs of {seconds:g} s")
    for (server, part), values in sorted(rates.items()):
        floor = rates.get((server, {"order": "floor_posting", "home": "floor_page"}.get(part, "")))
        ratio = f"{harness.median(values) / harness.median(floor):.2f} × floor" if floor else ""
        if part == "batch":
            ratio = f"{harness.median(values) * BATCH:,.0f} orders/s"
        cut = statistics.quantiles(latencies[server, part], n=100)
        print(f"{server:10}{part:14}{harness.spread(values)}  p50 {cut[49] * 1000:6.1f} ms  p99 {cut[98] * 1000:6.1f} ms  {ratio}")


def _clients(part: str) -> int:
    # Batches lock a good part of the members; more of them at once would wait for each other.
    return 2 if part == "batch" else CLIENTS


@contextlib.contextmanager
def serve(server: str) -> Iterator[int]:
    """The product and the floors on a port of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.web.settings",
        "DEBUG": "0",
        "SECRET_KEY": "of-the-bench",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
        "SECURE_SSL_REDIRECT": "0",
        "API_CALLS_A_MINUTE": "100000000",
        "API_LOOKUPS_A_MINUTE": "100000000",
    }
    command = [str(Path(sys.executable).with_name(word)) if place == 0 else word for place, word in enumerate(SERVERS[server].format(port=port).split())]
    process = subprocess.Popen(command, env=environment)
    try:
        for _attempt in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, make: Callable[[], Call], *, seconds: float, clients: int) -> list[float]:
    """How long each call took, of threads that ask for `seconds`. Any other answer than yes ends the run."""
    deadline = time.monotonic() + seconds
    return _ask(port, make, clients, goes_on=lambda: time.monotonic() < deadline, due=time.perf_counter)


def steady(port: int, make: Callable[[], Call], *, rate: float, until: Callable[[], bool], clients: int = 8) -> list[float]:
    """How long each call took from the moment it was due, of calls that are due `rate` times a second. Any other answer than yes ends the run."""
    numbers, began = itertools.count(), time.perf_counter()
    return _ask(port, make, clients, goes_on=lambda: not until(), due=lambda: began + next(numbers) / rate)


def _ask(port: int, make: Callable[[], Call], clients: int, *, goes_on: Callable[[], bool], due: Callable[[], float]) -> list[float]:
    times: list[float] = []
    wrong: list[str] = []

    def client() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port)
        while goes_on() and not wrong:
            at = due()
            time.sleep(max(0.0, at - time.perf_counter()))
            method, path, body, headers = make()
            link.request(method, path, body, headers)
            answer = link.getresponse()
            text = answer.read()
            times.append(time.perf_counter() - at)
            if answer.status >= 300:
                wrong.append(f"{method} {path}: {answer.status} {text[:300]!r}")
        link.close()

    threads = [threading.Thread(target=client) for _client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        sys.exit(wrong[0])
    return times


def calls(members: int) -> dict[str, Callable[[], Call]]:
    """What makes the calls of each part."""
    from accounts.models import Card

    key, cookie = _key(), _session()
    some = random.Random(1).sample(range(1, members + 1), min(members, 5000))
    cards = list(Card.objects.filter(member_id__in=some).values_list("number", flat=True))
    run, numbers = random.SystemRandom().getrandbits(40), itertools.count()
    headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}

    def document() -> dict[str, object]:
        lines = [{"sku": "milk", "name": "Milk", "quantity": 1, "price": "120.00"}, {"sku": "bread", "name": "Bread", "quantity": 2, "price": "45.50"}]
        now = datetime.now(UTC).isoformat()
        return {"external_id": f"{run}-{next(numbers)}", "member": {"card": random.choice(cards)}, "occurred_at": now, "lines": lines}

    def order() -> Call:
        made = document()
        return "POST", "/api/v1/orders/", json.dumps(made).encode(), {**headers, "Idempotency-Key": str(made["external_id"])}

    def batch() -> Call:
        made = [document() for _order in range(BATCH)]
        return "POST", "/api/v1/orders/batch/", json.dumps({"orders": made}).encode(), {**headers, "Idempotency-Key": str(made[0]["external_id"])}

    def posting() -> Call:
        body = {"account": random.choice(some), "points": 1, "key": f"{run}-{next(numbers)}"}
        return "POST", "/floor/posting/", json.dumps(body).encode(), {"Content-Type": "application/json"}

    return {
        "floor_posting": posting,
        "order": order,
        "batch": batch,
        "floor_page": lambda: ("GET", "/floor/page/", b"", {"Cookie": cookie}),
        "home": lambda: ("GET", "/", b"", {"Cookie": cookie}),
    }


def _key() -> str:
    from decimal import Decimal

    from django.utils import timezone

    from partners.domain import api_key, terms
    from partners.models import Partner
    from partners.models.api_key import Scope

    partner, _made = Partner.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    terms.give(partner, terms.Conditions(Decimal(5)), valid_from=None, now=timezone.now())
    return api_key.create(partner=partner, name="bench", scopes=[Scope.ORDERS_WRITE])[1]


def _session() -> str:
    """A cookie of a member who is signed in."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import Member, User

    user, _made = User.objects.get_or_create(email="bench@example.org")
    Member.objects.filter(pk=1).update(user=user, email=user.email)
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.save()
    return f"sessionid={session.session_key}"


if __name__ == "__main__":
    main()
