"""The whole product as real processes on servers of its own, any of which may be killed, frozen or taken away.

PostgreSQL commits durably; Redis keeps nothing. The web server, the worker and beat run as docs/operations.md says
and are started again at once when they die, as systemd does with `Restart=always`.
"""

import contextlib
import fcntl
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from loyalty.management.commands import serve
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60.0
WEB_PROCESSES = 2
TICK = 0.05


def until(true: Callable[[], Any], *, seconds: float = START_SECONDS, what: str = "it") -> Any:
    """Wait for something to be true, and give it. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := true()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} not within {seconds:g} s")
        pause.wait(TICK)
    return found


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name: state, parent, group, session …; empty when the process is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _processes() -> dict[int, list[str]]:
    found = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    return {pid: stat for pid, stat in found.items() if stat and stat[0] not in "ZX"}


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


@dataclass
class Server:
    """PostgreSQL or Redis: a process with children that can crash, freeze and come back with its data."""

    command: list[Any]
    folder: Path
    user: dict[str, Any]
    port: int
    ready: Callable[[], bool]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers. Call it from a thread that outlives it."""
        until(self._runs, what=f"{self.command[0]} answers")

    def _runs(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            # For the first time, after its end, or because what a crash left behind was still ending.
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=servers._end_with_parent,
                    **self.user,
                )
        return self.ready()

    def family(self) -> list[int]:
        """The process and its children, the eldest first."""
        assert self.process
        return [self.process.pid, *(pid for pid, stat in _processes().items() if int(stat[1]) == self.process.pid)]

    def crash(self) -> None:
        """kill -9 of all its processes at once."""
        assert self.process
        for pid in self.family():
            kill(pid)
        self.process.wait()

    def freeze(self) -> None:
        """Stop all its processes where they are."""
        for pid in self.family():
            kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in self.family():
            kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it in an orderly way, or at least end it."""
        if self.process and self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.crash()


@dataclass
class Service:
    """A process of the product, in a session of its own, that is started again whenever it dies."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def family(self) -> list[int]:
        """Its living processes."""
        return [pid for pid, stat in _processes().items() if self.process and stat[3] == str(self.process.pid)]

    def end(self) -> None:
        """Kill what is left of it."""
        for pid in self.family():
            kill(pid)
        if self.process:
            self.process.wait()


@dataclass
class Cluster:
    """Everything, running. `environment` is what the product is started with."""

    folder: Path
    postgres: Server
    redis: Server
    environment: dict[str, str]
    port: int
    services: list[Service] = field(default_factory=list)
    _keeper: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Of the web server."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._keeper = threading.Thread(target=self._keep, name="keeper")
        self._keeper.start()
        until(self.healthy, what="the web server answers")
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        if self._keeper:
            self._keeper.join()

    def _keep(self) -> None:
        """Start what isn't running, all the time. At the end, end it."""
        while not self._stopping.wait(TICK):
            for service in self.services:
                if service.process is None or service.process.poll() is not None:
                    service.end()
                    service.starts += 1
                    with (self.folder / f"{service.name}.log").open("ab") as log:
                        service.process = subprocess.Popen(
                            service.command,
                            cwd=ROOT,
                            env=self.environment,
                            stdin=subprocess.DEVNULL,
                            stdout=log,
                            stderr=log,
                            start_new_session=True,
                            preexec_fn=servers._end_with_parent,
                        )
        for service in self.services:
            service.end()

    def healthy(self) -> bool:
        """Whether /healthz answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    def kill_one(self, chance: random.Random) -> str:
        """kill -9 of one process: "web" names a child of the web server, "web master" what started it. Empty: nobody lives."""
        alive = [(service, pid) for service in self.services for pid in sorted(service.family())]
        if not alive:
            return ""
        service, pid = chance.choice(alive)
        kill(pid)
        return f"{service.name} master" if service.process and pid == service.process.pid else service.name

    def run(self, *arguments: str) -> str:
        """A command of this Python in the product's environment. Returns what it printed."""
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def log(self, name: str) -> str:
        """What a service has printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")


@contextlib.contextmanager
def cluster(**environment: str) -> Iterator[Cluster]:
    """A prepared product with nothing in it yet, and everything running. `environment` adds to the product's."""
    prepared = _prepared()
    with contextlib.ExitStack() as stack:
        made = _made(stack, lambda data, _user: subprocess.run(["cp", "-a", prepared, data], check=True))
        made.environment |= environment
        made.services = [
            Service("web", serve.web_command("127.0.0.1", made.port, WEB_PROCESSES)),
            Service("worker", [*serve.CELERY, *serve.WORKER, "--concurrency", "2"]),
            Service("beat", [*serve.CELERY, *serve.BEAT]),
        ]
        stack.enter_context(made)
        yield made


def _prepared() -> Path:
    """The files of a PostgreSQL with the product's empty tables: made once a run, by the first worker that wants them."""
    shared = Path(os.environ["ZHETON_TEST_DIR"])
    files = shared / "cluster"
    with (shared / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not files.exists():
            with contextlib.ExitStack() as stack:
                made = _made(stack, _new_database)
                address = ["-h", "127.0.0.1", "-p", str(made.postgres.port), "-U", "zheton"]
                subprocess.run([_programs() / "createdb", *address, "zheton"], check=True, cwd=made.postgres.folder, **made.postgres.user)
                for command in ("migrate", "createcachetable"):
                    made.run("manage.py", command, "--verbosity", "0")
                made.postgres.stop()
                # Elsewhere first: what is there is whole.
                subprocess.run(["cp", "-a", made.postgres.folder / "data", shared / "cluster.new"], check=True)
                (shared / "cluster.new").rename(files)
    return files


def _made(stack: contextlib.ExitStack, fill: Callable[[Path, dict[str, Any]], object]) -> Cluster:
    """Servers of its own, of which `fill` makes PostgreSQL's files, and no service yet."""
    postgres = _postgres(stack, fill)
    redis = redis_server(stack)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zheton-cluster-")))
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    environment = {
        "SECRET_KEY": "a key that is used by nobody but the processes of one test",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "BEHIND_PROXY": "0",
        "DATABASE_URL": f"postgres://zheton@127.0.0.1:{postgres.port}/zheton",
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "WARNING",
        "ZHETON_VAR": str(folder),
        "API_LOOKUPS_A_MINUTE": "1000000",
        "WEBHOOK_ALLOW_PRIVATE": "1",
        "DJANGO_SETTINGS_MODULE": "tests.load.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
    }
    return Cluster(folder, postgres, redis, kept | environment, servers._free_port())


def _programs() -> Path:
    programs = servers.postgres_programs()
    assert programs, "no PostgreSQL here"
    return programs


def _new_database(data: Path, user: dict[str, Any]) -> None:
    command = [_programs() / "initdb", "-D", data, "-U", "zheton", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=data.parent, **user)


def _postgres(stack: contextlib.ExitStack, fill: Callable[[Path, dict[str, Any]], object]) -> Server:
    programs = _programs()
    folder, user = stack.enter_context(servers._folder("postgres"))
    port, data = servers._free_port(), folder / "data"
    fill(data, user)
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": folder,
        "max_connections": 100,
        "shared_buffers": "128MB",
    }
    command = [programs / "postgres", "-D", data, "-p", str(port), *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    server = Server(command, folder, user, port, lambda: subprocess.run(ready, check=False).returncode == 0)
    server.start()
    stack.callback(server.stop)
    return server


def redis_server(stack: contextlib.ExitStack) -> Server:
    program = servers.redis_program()
    assert program, "no Redis here"
    folder, user = stack.enter_context(servers._folder("redis"))
    port = servers._free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--loglevel", "warning"]
    server = Server(command, folder, user, port, lambda: servers._answers(port))
    server.start()
    stack.callback(server.stop)
    return server
