"""What the benchmarks share: a database of their own, processes that start at one moment, medians with their spread."""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

DATABASE = "zheton_bench"


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The PostgreSQL server that DATABASE_URL names, or one started for the run."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        yield url
        return
    from tests import servers

    with servers.postgres(durable=True) as own:
        yield own


@contextlib.contextmanager
def database_on(url: str, name: str, *, fresh: bool = True, keep: bool = False) -> Iterator[str]:
    """The address of a database of this name on a server. `fresh`: begins empty; `keep`: stays for the next run."""
    import psycopg

    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as link:
        if fresh:
            link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            link.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            if not keep:
                link.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def database(*, fresh: bool = True, keep: bool = False) -> Iterator[str]:
    """A database for Django in this process and those it starts; see `database_on`."""
    with server() as url, database_on(url, DATABASE, fresh=fresh, keep=keep) as own:
        os.environ["DATABASE_URL"] = own
        set_up()
        try:
            yield own
        finally:
            from django.db import connections

            connections.close_all()


def set_up() -> None:
    """Django without debugging: a debugging connection keeps every query."""
    os.environ.update(DJANGO_SETTINGS_MODULE="loyalty.settings", ZHETON_TESTING="1", DEBUG="1", LOG_LEVEL="ERROR")
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False


def rate(module: str, part: str, *, processes: int, seconds: float, **options: Any) -> float:
    """How often a second `python -m module --part part` did its thing, all processes together.

    Each works for `seconds` and prints JSON [count, seconds taken].
    """
    return sum(count / took for count, took in together(module, part, processes=processes, seconds=seconds, **options))


def together(
    module: str,
    part: str,
    *,
    processes: int,
    begin: Callable[[], object] = lambda: None,
    python: str = sys.executable,
    url: str | None = None,
    **options: Any,
) -> list[Any]:
    """What `python -m module --part part` printed as JSON in its last line, of so many processes that begin at one moment.

    Each prints “ready”, and waits for a line; `begin` is called when all are ready. `url` names another database than
    DATABASE_URL, `python` another interpreter.
    """
    arguments = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command, environment = [python, "-m", module, "--part", part, *arguments], {**os.environ, **({"DATABASE_URL": url} if url else {})}
    started = [
        subprocess.Popen([*command, "--place", str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for place in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        line = process.stdout.readline()
        if line != "ready\n":
            sys.exit(f"{part} did not start: {line}{process.stdout.read()}")
    begin()
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
