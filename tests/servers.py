"""Throw-away PostgreSQL and Redis on loopback for one test run: own data folder, own port, gone at the end.

As root the servers run as an unprivileged user (PostgreSQL refuses root).
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 30.0


def postgres_programs() -> Path | None:
    """The folder with initdb and postgres, the newest version, if this machine has any."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists() and (path / "postgres").exists()]
    if found:
        return max(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    for name in filter(None, [shutil.which("initdb")]):
        folder = Path(name).resolve().parent
        if (folder / "postgres").exists():
            return folder
    return None


def redis_program() -> str | None:
    """The path of redis-server (or its successor valkey-server), if this machine has any."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Start PostgreSQL; gives its DATABASE_URL. Speed over safety: the data is thrown away. `durable`: as in production (benchmarks)."""
    programs = postgres_programs()
    assert programs, "no PostgreSQL here"
    with _folder("postgres") as (folder, user):
        data, port = folder / "data", _free_port()
        command = [programs / "initdb", "-D", data, "-U", "zheton", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            **({"wal_buffers": "64MB", "checkpoint_timeout": "30min"} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            "max_connections": 300,
            "shared_buffers": "2GB" if durable else "256MB",
            "max_wal_size": "8GB" if durable else "4GB",
            "log_min_messages": "fatal",
        }
        server = [programs / "postgres", "-D", data, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))]
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        with _server(server, folder, user, lambda: subprocess.run(ready, check=False).returncode == 0):
            createdb = [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "zheton", "zheton"]
            subprocess.run(createdb, check=True, cwd=folder, **user)
            yield f"postgres://zheton@127.0.0.1:{port}/zheton"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Start Redis without persistence; gives its REDIS_URL."""
    program = redis_program()
    assert program, "no Redis here"
    with _folder("redis") as (folder, user):
        port = _free_port()
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no", "--loglevel", "warning"]
        with _server(command, folder, user, lambda: _answers(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def _folder(name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder for a server's files, and the user it runs as (keywords of subprocess)."""
    folder = Path(tempfile.mkdtemp(prefix=f"zheton-{name}-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = next(account for account in map(_account, ["postgres", "nobody"]) if account)
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account(name: str) -> pwd.struct_passwd | None:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    return None


@contextlib.contextmanager
def _server(command: list[Any], folder: Path, user: dict[str, Any], ready: Callable[[], bool]) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,
            **user,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{Path(command[0]).name} didn't start:\n{log.read_text()[-2000:]}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        yield
    finally:
        # Fast shutdown for PostgreSQL, a plain stop for Redis.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    """A run that is killed takes its servers along (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
