"""The supervisor with real processes: nothing survives a stop, what dies comes back."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loyalty.management.commands.serve import FirstAnswer
from tests.clock import watched

# What is promised; a slow machine is allowed for, see `watched`.
STOP_WITHIN = 4.0
# What isn't promised at all has come about by then.
AT_LAST = 60.0
# Stands for `make run`'s processes: one that obeys, one that ignores SIGTERM and has a child that ignores it too.
PROGRAM = """
import sys
from loyalty.management.supervisor import Child, Supervisor
STUBBORN = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); " \\
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()', sys.argv[1]]); signal.pause()"
children = [
    Child("Obedient", [sys.executable, "-c", "import signal; signal.pause()", sys.argv[1]]),
    Child("Stubborn", [sys.executable, "-c", STUBBORN, sys.argv[1]]),
]
say = lambda text: print(text, flush=True)
supervisor = Supervisor(children, say=say, on_started=lambda: say("started") or True, watched_parent=int(sys.argv[2]) if len(sys.argv) > 2 else None)
sys.exit(supervisor.run())
"""


def _processes(mark: str) -> list[int]:
    """The ids of the processes whose command line or environment holds `mark`, zombies apart."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark.encode() in (folder / "cmdline").read_bytes() or mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
    return found


def _wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of other processes."""
    started, pause = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - started < AT_LAST, f"not within {AT_LAST:g} s"
        pause.wait(0.02)


@contextlib.contextmanager
def _everything_ends(mark: str) -> Iterator[None]:
    """What is done inside ends every process with the mark, in the time promised."""
    with watched() as watch:
        yield
        _wait_until(lambda: not _processes(mark))
    assert watch.within(STOP_WITHIN), watch


@contextlib.contextmanager
def _running(command: list[str], mark: str, repository: Path, ready: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command, wait for the line that says it is ready, and kill whatever is left at the end."""
    process = subprocess.Popen(
        command,
        cwd=repository,
        env={**os.environ, "MARK": mark, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # As on a terminal: what is started from a shell's background job would ignore it, and so would `make`.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if ready in line:
                break
        else:
            pytest.fail("".join(lines))
        yield process
    finally:
        for pid in _processes(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def mark(tmp_path: Path) -> str:
    return f"zheton-mark-{os.getpid()}-{tmp_path.name}"


@pytest.mark.supervisor
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process_even_stubborn_grandchildren(repository: Path, mark: str, number: signal.Signals) -> None:
    with _running([sys.executable, "-c", PROGRAM, mark], mark, repository, "started") as supervisor:
        _wait_until(lambda: len(_processes(mark)) == 4)
        with _everything_ends(mark):
            supervisor.send_signal(number)
        assert supervisor.wait(AT_LAST) == 0


@pytest.mark.supervisor
def test_a_background_job_that_inherits_an_ignored_sigint_still_stops(repository: Path, mark: str) -> None:
    # As a shell starts `make run &`.
    command = ["sh", "-c", 'trap "" INT; exec "$0" -c "$1" "$2"', sys.executable, PROGRAM, mark]
    with _running(command, mark, repository, "started") as supervisor, _everything_ends(mark):
        supervisor.send_signal(signal.SIGINT)


@pytest.mark.supervisor
def test_a_second_signal_kills_at_once(repository: Path, mark: str) -> None:
    # With a grace that nobody would wait for.
    program = f"from loyalty.management import supervisor\nsupervisor.GRACE_SECONDS = {10 * AT_LAST}\n{PROGRAM}"
    with _running([sys.executable, "-c", program, mark], mark, repository, "started") as supervisor:
        _wait_until(lambda: len(_processes(mark)) == 4)
        supervisor.send_signal(signal.SIGINT)
        _wait_until(lambda: len(_processes(mark)) < 4)  # the obedient one is gone: the first signal is being served
        with _everything_ends(mark):
            supervisor.send_signal(signal.SIGINT)


@pytest.mark.supervisor
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's parent-death signal")
def test_children_end_when_the_supervisor_is_killed(repository: Path, mark: str) -> None:
    program = PROGRAM.replace('Child("Stubborn"', 'Child("Obedient too"').replace('"-c", STUBBORN', '"-c", "import signal; signal.pause()"')
    with _running([sys.executable, "-c", program, mark], mark, repository, "started") as supervisor, _everything_ends(mark):
        supervisor.kill()


@pytest.mark.supervisor
def test_a_process_that_dies_is_started_again_with_growing_delays(repository: Path, mark: str) -> None:
    program = PROGRAM.replace('import signal; signal.pause()", sys.argv[1]]),\n    Child', 'import sys; sys.exit(3)", sys.argv[1]]),\n    Child', 1)
    with _running([sys.executable, "-c", program, mark], mark, repository, "starting it again in 1 s") as supervisor:
        assert supervisor.stdout is not None
        assert "Obedient stopped (exit code 3); starting it again in 2 s." in [supervisor.stdout.readline().strip() for _ in range(2)]
        with _everything_ends(mark):
            supervisor.send_signal(signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(port: int, path: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def _seconds(port: int, path: str) -> float:
    began = time.monotonic()
    assert b" 200 OK" in _get(port, path)[:20]
    return time.monotonic() - began


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A development machine with nothing but DEBUG=1, and its own folder for files."""
    return {
        "DEBUG": "1",
        "ZHETON_TESTING": "0",
        "ZHETON_VAR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'zheton.sqlite3'}",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "filesystem://localhost",
        "DJANGO_SETTINGS_MODULE": "loyalty.settings",
    }


@pytest.mark.supervisor
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_leaves_no_process_behind(repository: Path, mark: str, environment: dict[str, str], number: signal.Signals) -> None:
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--no-demo", "--port", str(port)]
    with _running(command, mark, repository, f"Zheton is at http://127.0.0.1:{port}/", **environment) as server:
        # Nobody waits for what a process loads: the first page comes like any other.
        first, *others = (_seconds(port, "/") for _ in range(6))
        assert first < max(1.0, 5 * max(others))
        assert b'"ready": true' in _get(port, "/readyz")
        # The supervisor, gunicorn with two processes, the worker with one, beat.
        _wait_until(lambda: len(_processes(mark)) == 7)
        with _everything_ends(mark):
            server.send_signal(number)
        assert server.wait(AT_LAST) == 0


@pytest.mark.supervisor
def test_make_that_gets_a_sigint_of_its_own_stops_everything(repository: Path, mark: str, environment: dict[str, str], tmp_path: Path) -> None:
    # make passes SIGTERM on, but after a SIGINT sent to it alone it only waits for its recipe.
    port = _free_port()
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} manage.py serve --no-demo --watch-parent --port {port}\n")
    with _running(["make", "-f", str(makefile), "run"], mark, repository, "Zheton is at", **environment) as make, _everything_ends(mark):
        make.send_signal(signal.SIGINT)


def test_the_first_answer_is_seen_without_waiting_for_it() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        has_answered = FirstAnswer("127.0.0.1", port)
        assert not has_answered()  # nobody listens
        server.listen()
        assert not has_answered()
        assert not has_answered()
        call, _address = server.accept()
        call.close()
        _wait_until(lambda: not has_answered() and has_answered._call is None)  # hung up without a word
        assert not has_answered()
        call, _address = server.accept()
        with call:
            assert call.recv(1000).startswith(b"GET / ")
            call.sendall(b"HTTP/1.0 200 OK")
            _wait_until(has_answered)
        # Each time it asked once.
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_taken_port_is_one_sentence(repository: Path, environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "manage.py", "serve", "--no-demo", "--port", str(port)]
        result = subprocess.run(command, cwd=repository, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.strip().splitlines() == [
        f"CommandError: 127.0.0.1:{port} can't be used (Address already in use): stop what listens there, or use `make run PORT=8001`."
    ]
