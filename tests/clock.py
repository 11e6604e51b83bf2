"""Bounds of time that mean the same on a slow or busy machine.

A promise of the product (“gone within 4 s”) is about a machine that has the processor to spare. Where it has not, everything takes as
much longer as work takes longer than its own processor time; that is measured beside what is timed, and the promise stretched by it.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Works in short spells until its input ends, then says how long it worked by the clock and by the processor.
_WORKER = """
import select, sys, time
print("ready", flush=True)
began, used = time.monotonic(), time.process_time()
while not select.select([sys.stdin], [], [], 0)[0]:
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
print((time.monotonic() - began) / max(time.process_time() - used, 0.01), flush=True)
"""


@dataclass
class Watch:
    """What a stretch of time was like: its seconds, and how many times longer work took in it than with the processor to itself."""

    seconds: float = 0.0
    slowness: float = 1.0

    def within(self, promise: float) -> bool:
        """Whether what took so long would have kept the promise (seconds) on a machine with the processor to spare."""
        return self.seconds < promise * self.slowness


@contextmanager
def watched() -> Iterator[Watch]:
    """Time what is done inside; the figures are there when it is over."""
    watch = Watch()
    # Isolated, so that it doesn't look for the product's packages.
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.home()) as beside:
        assert beside.stdout
        beside.stdout.readline()
        began = time.monotonic()
        try:
            yield watch
        finally:
            watch.seconds = time.monotonic() - began
            watch.slowness = max(1.0, float(beside.communicate()[0]))
