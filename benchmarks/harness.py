"""What the benchmarks share: a database of their own, processes that start at one moment, medians with their spread."""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

DATABASE = "zheton_bench"


@contextlib.contextmanager
def database(*, fresh: bool = True, keep: bool = False) -> Iterator[str]:
    """A database of the benchmarks on the server that DATABASE_URL names, or on one started for the run.

    `fresh`: begins empty; `keep`: stays for the next run.
    """
    import psycopg

    with contextlib.ExitStack() as stack:
        url = os.environ.get("DATABASE_URL", "")
        if not url.startswith("postgres"):
            from tests import servers

            url = stack.enter_context(servers.postgres(durable=True))
        parts = urlsplit(url)
        server = stack.enter_context(psycopg.connect(url, autocommit=True))
        if fresh:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {DATABASE}")
        own = urlunsplit(parts._replace(path=f"/{DATABASE}"))
        os.environ["DATABASE_URL"] = own
        set_up()
        try:
            yield own
        finally:
            from django.db import connections

            connections.close_all()
            if not keep:
                server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def set_up() -> None:
    """Django without debugging: a debugging connection keeps every query."""
    os.environ.update(DJANGO_SETTINGS_MODULE="loyalty.settings", ZHETON_TESTING="1", DEBUG="1", LOG_LEVEL="ERROR")
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False


def rate(module: str, part: str, *, processes: int, seconds: float, **options: object) -> float:
    """How often a second `python -m module --part part` did its thing, all processes together.

    Each works for `seconds` and prints JSON [count, seconds taken].
    """
    return sum(count / took for count, took in together(module, part, processes=processes, seconds=seconds, **options))


def together(module: str, part: str, *, processes: int, **options: object) -> list[Any]:
    """What `python -m module --part part` printed as JSON in its last line, of so many processes that begin at one moment.

    Each prints “ready”, and waits for a line.
    """
    arguments = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", module, "--part", part, *arguments]
    started = [subprocess.Popen([*command, "--place", str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for place in range(processes)]
    for process in started:
        assert process.stdout is not None
        line = process.stdout.readline()
        if line != "ready\n":
            sys.exit(f"{part} did not start: {line}{process.stdout.read()}")
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = []
    for process in started:
        output, _errors = process.communicate()
        if process.returncode:
            sys.exit(f"{part} failed: {output}")
        results.append(json.loads(output.strip().splitlines()[-1]))
    return results


def start_line() -> None:
    """Wait for the others."""
    print("ready", flush=True)
    sys.stdin.readline()


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    """Median and range of several runs."""
    return f"{statistics.median(values):>9,.0f}/s  ({min(values):,.0f}–{max(values):,.0f})"


def machine() -> str:
    """The machine in a line."""
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open() as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return f"{len(names)} × {names[0] if names else '?'}, Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"
