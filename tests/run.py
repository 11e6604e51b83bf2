"""`make test`: the whole suite on SQLite, on PostgreSQL with Redis, and in a browser, as far as this machine has them.

Says plainly what it left out. With ZHETON_REQUIRE_ALL=1 a missing part is a failure. Further arguments go to pytest.
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    done, failed, left_out = [], [], []
    with contextlib.ExitStack() as stack:
        for part in _passes(stack):
            if part.missing:
                left_out.append(f"{part.name}: {part.missing}")
                continue
            print(f"\n=== {part.name} ===", flush=True)
            started = time.monotonic()
            code = _pytest(part, arguments)
            seconds = f"{time.monotonic() - started:.0f} s"
            if code == NOTHING_COLLECTED and not (require_all and not arguments):
                done.append(f"{part.name} (no such tests)")
            else:
                (failed if code else done).append(f"{part.name} ({seconds})")
    print()
    for title, parts in [("Passed", done), ("FAILED", failed), ("LEFT OUT", left_out)]:
        for part_name in parts:
            print(f"{title}: {part_name}")
    if left_out and require_all:
        print("ZHETON_REQUIRE_ALL=1: a part that is left out is a failure.")
    return 1 if failed or (left_out and require_all) else 0


def _passes(stack: contextlib.ExitStack) -> list[Pass]:
    """The three passes. Servers start here and stop with `stack`; ones named by DATABASE_URL and REDIS_URL are used as they are."""
    sqlite = Pass("SQLite", "not postgres and not redis and not browser", environment={"DATABASE_URL": "", "REDIS_URL": ""})
    production = Pass("PostgreSQL and Redis", "not browser and not supervisor")
    browser = Pass("Browser", "browser", environment=sqlite.environment, missing="" if chromium() else "no Chromium here (apt install chromium)")
    urls = {
        "DATABASE_URL": (os.environ.get("DATABASE_URL", ""), servers.postgres_programs, servers.postgres, "PostgreSQL (apt install postgresql)"),
        "REDIS_URL": (os.environ.get("REDIS_URL", ""), servers.redis_program, servers.redis, "Redis (apt install redis-server)"),
    }
    absent = [what for given, program, _start, what in urls.values() if not given and not program()]
    if absent:
        production.missing = f"no {' and no '.join(absent)} here"
    else:
        production.environment = {name: given or stack.enter_context(start()) for name, (given, _program, start, _what) in urls.items()}
    return [sqlite, production, browser]


def _pytest(part: Pass, arguments: Sequence[str]) -> int:
    environment = {**os.environ, **part.environment}
    for name in [name for name, value in part.environment.items() if not value]:
        environment.pop(name, None)
    workers = [] if any(argument.startswith(("-n", "--pdb")) for argument in arguments) else ["-n", str(part.workers)]
    command = [sys.executable, "-m", "pytest", "-m", part.marks, *workers, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
