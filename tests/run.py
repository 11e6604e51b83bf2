"""`make test`: the suite on PostgreSQL with Redis, what concerns SQL, files and the embedded default on SQLite too, and a browser.

As far as this machine has them: without PostgreSQL or Redis everything that can runs on SQLite. Says plainly what it left out. With
ZHETON_REQUIRE_ALL=1 a missing part is a failure. `--everything` (`make test-all`) runs the whole suite on both, measures which lines
and branches ran, and fails below the floor in pyproject.toml. Further arguments go to pytest.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import servers
from tests.browser import chromium

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5
EVERYTHING = "--everything"
PRODUCTION = "not browser and (not supervisor or postgres or redis)"
EMBEDDED = "(embedded or supervisor) and not postgres and not redis and not browser"
ALL_OF_SQLITE = "not postgres and not redis and not browser"
BROWSER = "browser"
# Of each pass.
SLOWEST = 10


@dataclass
class Pass:
    """One run of pytest: which tests, against what, or why not."""

    name: str
    marks: str
    missing: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    workers: int = 2


def main(arguments: Sequence[str]) -> int:
    """Run every pass that this machine can; returns the exit code."""
    require_all = os.environ.get("ZHETON_REQUIRE_ALL") == "1"
    everything = EVERYTHING in arguments
    arguments = [one for one in arguments if one != EVERYTHING]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    done, failed, left_out = [], [], []
    if everything:
        _coverage("erase")
    with contextlib.ExitStack() as stack:
        for part in _passes(stack, everything=everything):
            if part.missing:
                left_out.append(f"{part.name}: {part.missing}")
                continue
            print(f"\n=== {part.name} ===", flush=True)
            started = time.monotonic()
            code = _pytest(part, arguments, measured=everything)
            seconds = f"{time.monotonic() - started:.0f} s"
            if code == NOTHING_COLLECTED and not (require_all and not arguments):
                done.append(f"{part.name} (no such tests)")
            else:
                (failed if code else done).append(f"{part.name} ({seconds})")
    if everything and not (_is_covered(whole=not (arguments or left_out))):
        failed.append("Coverage")
    print()
    for title, parts in [("Passed", done), ("FAILED", failed), ("LEFT OUT", left_out)]:
        for part_name in parts:
            print(f"{title}: {part_name}")
    if left_out and require_all:
        print("ZHETON_REQUIRE_ALL=1: a part that is left out is a failure.")
    return 1 if failed or (left_out and require_all) else 0


def _passes(stack: contextlib.ExitStack, *, everything: bool) -> list[Pass]:
    """The three passes. Servers start here and stop with `stack`; ones named by DATABASE_URL and REDIS_URL are used as they are."""
    production = Pass("PostgreSQL and Redis", PRODUCTION)
    sqlite = Pass("SQLite", EMBEDDED, environment={"DATABASE_URL": "", "REDIS_URL": ""})
    browser = Pass("Browser", BROWSER, environment=sqlite.environment, missing="" if chromium() else "no Chromium here (apt install chromium)")
    urls = {
        "DATABASE_URL": (os.environ.get("DATABASE_URL", ""), servers.postgres_programs, servers.postgres, "PostgreSQL (apt install postgresql)"),
        "REDIS_URL": (os.environ.get("REDIS_URL", ""), servers.redis_program, servers.redis, "Redis (apt install redis-server)"),
    }
    absent = [what for given, program, _start, what in urls.values() if not given and not program()]
    if absent:
        production.missing = f"no {' and no '.join(absent)} here"
    else:
        production.environment = {name: given or stack.enter_context(start()) for name, (given, _program, start, _what) in urls.items()}
    if absent or everything:
        sqlite.name, sqlite.marks = "All on SQLite", ALL_OF_SQLITE
    return [production, sqlite, browser]


def _pytest(part: Pass, arguments: Sequence[str], *, measured: bool) -> int:
    environment = {**os.environ, **part.environment}
    for name in [name for name, value in part.environment.items() if not value]:
        environment.pop(name, None)
    # Without compiled files every worker of every pass would compile all tests.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # A worker that is through takes tests over from one that isn't.
    workers = [] if any(argument.startswith(("-n", "--pdb")) for argument in arguments) else ["-n", str(part.workers), "--dist", "worksteal"]
    run = ["-m", "coverage", "run", "-m", "pytest"] if measured else ["-m", "pytest"]
    command = [sys.executable, *run, "-m", part.marks, f"--durations={SLOWEST}", *workers, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _is_covered(*, whole: bool) -> bool:
    """Tell what ran; whether it is enough, unless only a part of the suite did."""
    _coverage("combine", "--quiet")
    return _coverage("report", *([] if whole else ["--fail-under=0"])) == 0


def _coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
