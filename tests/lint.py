"""`make lint`: everything that is checked without running the product. Says what failed, at the end, in one line."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DEVELOPMENT = {"DEBUG": "1", "SECRET_KEY": "of-the-check"}
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "k3f!9zq7u2x8v5w1y4t6r0p-long-and-random-enough-for-the-check",
    "ALLOWED_HOSTS": "points.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}
Check = tuple[str, list[str | Path], dict[str, str]]
# Two at a time, the longest first.
AT_ONCE = 2
CHECKS: list[Check] = [
    ("mypy", [BIN / "mypy"], {}),
    ("ruff check", [BIN / "ruff", "check", "."], {}),
    ("ruff format", [BIN / "ruff", "format", "--check", "--quiet", "."], {}),
    ("djlint", [BIN / "djlint", "--lint", "--quiet", "templates"], {}),
    ("djlint format", [BIN / "djlint", "--check", "--quiet", "templates"], {}),
    ("template lines", [sys.executable, "-m", "tests.template_lines"], {}),
    ("import rules", [BIN / "lint-imports", "--no-logo"], {}),
    ("import graph", [sys.executable, "-m", "tests.import_graph", "--check"], {}),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"], DEVELOPMENT),
    ("deployment check", [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ("messages", [sys.executable, "manage.py", "messages", "--check"], DEVELOPMENT),
]


def main() -> int:
    """Run every check, also after one failed; returns the exit code."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for (name, _command, _environment), (result, seconds) in zip(CHECKS, pool.map(_run, CHECKS), strict=True):
            print(f"{'ok    ' if result.returncode == 0 else 'FAILED'} {name} ({seconds:.1f} s)", flush=True)
            if result.returncode:
                failed.append(name)
                print(result.stdout + result.stderr, flush=True)
    if failed:
        print(f"Lint failed: {', '.join(failed)}.")
    return 1 if failed else 0


def _run(check: Check) -> tuple[subprocess.CompletedProcess[str], float]:
    _name, command, environment = check
    started = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return result, time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
