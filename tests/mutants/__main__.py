"""`make mutants`: plants the known faults one by one, and says of each whether its test found it.

`python -m tests.mutants [-j 2] [GROUP or NAME …]`. Ends with 1 if a fault survived or its test couldn't be run.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants import Mutant
from tests.mutants.all import GROUPS
from tests.mutants.plant import Copy, Outcome

ROOT = Path(__file__).resolve().parent.parent.parent
_speaking = threading.Lock()


def main(arguments: Sequence[str]) -> int:
    """Plant the faults that are asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="GROUP or NAME", help=f"groups: {', '.join(GROUPS)}")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="so many copies of the tree at once (2)")
    options = parser.parse_args(arguments)
    chosen = _chosen(options.names)
    if not chosen:
        parser.error(f"no fault is called {', '.join(options.names)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zheton-mutants-") as folder:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(min(options.jobs, len(chosen))):
            root = Path(folder) / str(number)
            root.mkdir()
            copies.put(Copy.of(ROOT, root))
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(_prepare, [copies] * copies.qsize()))
            outcomes = list(pool.map(lambda one: _plant(one, copies), chosen))
    left = [mutant.name for mutant, outcome in zip(chosen, outcomes, strict=True) if outcome is not Outcome.KILLED]
    print(f"{len(chosen) - len(left)} of {len(chosen)} planted faults were killed in {time.monotonic() - started:.0f} s.")
    if left:
        print(f"Not killed: {', '.join(left)}.")
    return 1 if left else 0


def _chosen(names: Sequence[str]) -> list[Mutant]:
    """The faults of groups or names; all of them where none is named."""
    return [mutant for group, mutants in GROUPS.items() for mutant in mutants if not names or group in names or mutant.name in names]


def _prepare(copies: "SimpleQueue[Copy]") -> None:
    copy = copies.get()
    copy.prepare()
    copies.put(copy)


def _plant(mutant: Mutant, copies: "SimpleQueue[Copy]") -> Outcome:
    copy = copies.get()
    began = time.monotonic()
    outcome = copy.plant(mutant)
    with _speaking:
        print(f"{outcome:<8} {mutant.name} ({time.monotonic() - began:.1f} s)", flush=True)
        if outcome is not Outcome.KILLED:
            print(f"  {mutant.file}: {mutant.killed_by}\n  {copy.output[-2000:]}", flush=True)
    copies.put(copy)
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
