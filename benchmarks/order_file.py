"""`python -m benchmarks.order_file`: how long `import_orders` takes over the Online Retail file, and how much memory (limits: 60 s, 500 MB).

Reads ZHETON_DATA (default ../shared/data). DATABASE_URL chooses PostgreSQL; otherwise a throw-away SQLite file.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.online_retail import convert

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Convert the file, import it twice and verify the ledger; returns the exit code."""
    source = Path(os.environ.get("ZHETON_DATA", "../shared/data")) / "online_retail.csv.gz"
    if not source.exists():
        print(f"{source} is not there: set ZHETON_DATA to the folder with the real data.")
        return 1
    with tempfile.TemporaryDirectory(prefix="zheton-bench-") as folder:
        orders = Path(folder) / "orders.csv"
        print(f"{convert(source, orders)} rows", flush=True)
        environment = {"DATABASE_URL": f"sqlite:///{folder}/zheton.sqlite3", **os.environ, "DEBUG": "0", "SECRET_KEY": "of-the-bench", "ZHETON_VAR": folder}
        for arguments in (
            ["migrate", "--verbosity", "0"],
            ["partner", "online-retail", "--name", "Online Retail", "--base", "5", "--from", "2009-01-01"],
            ["import_orders", str(orders), "--partner", "online-retail"],
            ["import_orders", str(orders), "--partner", "online-retail"],
            ["verify_ledger"],
        ):
            started = time.monotonic()
            code = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=False).returncode
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{arguments[0]}: {time.monotonic() - started:.1f} s, peak so far {peak:.0f} MB", flush=True)
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
