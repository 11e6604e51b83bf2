"""`make lint`: everything that is checked without running the product. Says what failed, at the end, in one line."""

import os
import subprocess
import sys
import time
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
CHECKS: list[tuple[str, list[str | Path], dict[str, str]]] = [
    ("ruff check", [BIN / "ruff", "check", "."], {}),
    ("ruff format", [BIN / "ruff", "format", "--check", "--quiet", "."], {}),
    ("djlint", [BIN / "djlint", "--lint", "--quiet", "templates"], {}),
    ("mypy", [BIN / "mypy"], {}),
    ("import rules", [BIN / "lint-imports", "--no-logo"], {}),
    ("import graph", [sys.executable, "-m", "tests.import_graph", "--check"], {}),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"], DEVELOPMENT),
    ("deployment check", [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    ("messages", [sys.executable, "manage.py", "messages", "--check"], DEVELOPMENT),
]


def main() -> int:
    """Run every check, also after one failed; returns the exit code."""
    failed = []
    for name, command, environment in CHECKS:
        started = time.monotonic()
        result = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        print(f"{'ok    ' if result.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if result.returncode:
            failed.append(name)
            print(result.stdout + result.stderr, flush=True)
    if failed:
        print(f"Lint failed: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
