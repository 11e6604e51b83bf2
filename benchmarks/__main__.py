"""`make bench`: all benchmarks one after another, or those named: `make bench ARGS="ledger rest"`.

Each is a module of its own with its own options (`python -m benchmarks.ledger --help`). PostgreSQL is started where
DATABASE_URL names none; what comes out, and what it means, stands in docs/performance.md. `benchmarks.events` wants a DATABASE_URL and is run by itself.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PARTS = ("order_file", "ledger", "rest", "jobs", "growth", "geo", "quests", "messages")


def main(names: Sequence[str]) -> int:
    """Run the parts; returns 1 if any failed."""
    if unknown := sorted(set(names) - set(PARTS)):
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(PARTS)}.")
        return 2
    failed = []
    for name in names or PARTS:
        print(f"\n=== {name} ===", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=Path(__file__).parent.parent, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
