"""A small supervisor: starts a few processes, restarts the one that dies, and leaves none behind."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Everything must be gone within 4 s of the signal: what has not ended by then is killed.
GRACE_SECONDS = 2.0
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
# A process that lived this long has recovered: its next restart waits the first delay again.
HEALTHY_SECONDS = 60.0
TICK_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process to keep alive, in a process group of its own."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    delay: float = field(default=FIRST_DELAY)


class Supervisor:
    """Runs `children` until a stop signal comes, or until the parent that it watches gets a signal to stop.

    Ctrl-C of a terminal goes to the supervisor alone (each child has its own group), so the order of stopping is ours. A shell's
    background jobs ignore SIGINT; the handlers set here do not.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
        watched_parent: int | None = None,
        on_started: Callable[[], bool] | None = None,
    ) -> None:
        """`on_started` is called every tick until it returns True (it says that the service answers)."""
        self.children = list(children)
        self.say = say
        self.environment = dict(environment or os.environ)
        self.watched_parent = watched_parent
        self.on_started = on_started
        self.signals = 0

    def run(self) -> int:
        """Start everything, watch it, stop it. Returns the exit code: 0 after a stop signal."""
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        try:
            for child in self.children:
                self._start(child)
            while not self.signals and not self._parent_stopped():
                self._wait(reader)
                self._restart_the_dead()
                if self.on_started and self.on_started():
                    self.on_started = None
        finally:
            self._stop_all(reader)
            signal.set_wakeup_fd(-1)
            os.close(reader)
            os.close(writer)
        return 0

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1

    @staticmethod
    def _wait(reader: int, seconds: float = TICK_SECONDS) -> None:
        """Sleep for a tick; a signal ends it at once."""
        if select.select([reader], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(reader, 512)

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(
            child.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def _restart_the_dead(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.start_at:
                    self._start(child)
                continue
            if (code := child.process.poll()) is None:
                continue
            _kill_group(child.process)
            if now - child.started_at > HEALTHY_SECONDS:
                child.delay = FIRST_DELAY
            reason = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
            self.say(f"{child.name} stopped ({reason}); starting it again in {child.delay:g} s.")
            child.process, child.start_at = None, now + child.delay
            child.delay = min(child.delay * 2, LONGEST_DELAY)

    def _stop_all(self, reader: int) -> None:
        """Ask every process to end; kill what is left after the grace, or at a second signal. Whole groups, so no grandchild stays."""
        signals, deadline = self.signals, time.monotonic() + GRACE_SECONDS
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        while time.monotonic() < deadline and self.signals <= max(signals, 1) and any(process.poll() is None for process in running):
            self._wait(reader, 0.05)
        for process in running:
            _kill_group(process)
        for process in running:
            process.wait()

    def _parent_stopped(self) -> bool:
        """Whether the watched parent is gone, or (make) got a SIGINT of its own, after which it only waits for us."""
        if self.watched_parent is None:
            return False
        if os.getppid() != self.watched_parent:
            return True
        handled = _handles_sigint(self.watched_parent)
        self._parent_handled = getattr(self, "_parent_handled", False) or handled
        return self._parent_handled and not handled


def _handles_sigint(pid: int) -> bool:
    """Whether a process has a handler for SIGINT. GNU make takes its handler away when the signal has come. Linux only."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (signal.SIGINT - 1) & 1)
    return False


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_with_parent() -> None:
    """In the child: a supervisor killed with SIGKILL takes its processes along (Linux)."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
