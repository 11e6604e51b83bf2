"""`manage.py serve`: the web server, a Celery worker and beat under one supervisor. What `make run` starts."""

import os
import select
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db import connections

from loyalty.management.prepare import prepare
from loyalty.management.supervisor import STOP_SIGNALS, Child, Supervisor


class Command(BaseCommand):
    help = "Prepares (see `prepare`), then runs the web server, a worker and beat until SIGINT or SIGTERM."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--web-processes", type=int, default=2)
        parser.add_argument("--no-demo", action="store_true", help="don't load the demo programme (never loaded without DEBUG)")
        parser.add_argument("--watch-parent", action="store_true", help="stop when the parent process (make) stops")

    def handle(self, *args: Any, **options: Any) -> None:
        parent = os.getppid()
        for number in STOP_SIGNALS:
            # Until the supervisor takes over: stop at once, and the step under way rolls back.
            signal.signal(number, lambda number, _frame: sys.exit(128 + number))
        host, port = options["host"], options["port"]
        refuse_a_taken_port(host, port)
        if "SITE_URL" not in os.environ:
            # For the demo, which prints addresses, and for the processes started below.
            settings.SITE_URL = os.environ["SITE_URL"] = f"http://{host}:{port}"
        logins = prepare(demo=settings.DEBUG and not options["no_demo"], say=self._say)
        connections.close_all()

        first_answer = FirstAnswer(host, port)

        def answers() -> bool:
            if not first_answer():
                return False
            self._say("\n".join(filter(None, ["", logins, f"Zheton is at http://{host}:{port}/  Ctrl-C stops it."])))
            return True

        children = [
            Child("The web server", web_command(host, port, options["web_processes"])),
            Child("The worker", [*CELERY, *WORKER]),
            Child("Beat", [*CELERY, *BEAT]),
        ]
        supervisor = Supervisor(children, say=self._say, watched_parent=parent if options["watch_parent"] else None, on_started=answers)
        code = supervisor.run()
        sys.stdout.flush()
        # Nothing is left to clean up, and taking the interpreter apart costs time on a busy machine.
        os._exit(code)

    def _say(self, text: str) -> None:
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except OSError:
            # The terminal is gone; stopping cleanly matters more than telling it.
            self.stdout = OutputWrapper(open(os.devnull, "w"))  # noqa: SIM115, PTH123


# The warning is about pickled messages; ours are JSON, and in a container root is the usual user.
CELERY = [sys.executable, "-W", "ignore:You're running the worker with superuser", "-m", "celery", "--quiet", "-A", "loyalty.celery"]
WORKER = [
    "worker",
    "--concurrency",
    "1",
    "--loglevel",
    "WARNING",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
    "--hostname",
    "zheton@%h",
    "--queues",
    "security,celery,marketing",
]
BEAT = ["beat", "--loglevel", "WARNING", "--pidfile", ""]


def web_command(host: str, port: int, processes: int) -> list[str]:
    """gunicorn with threads: pages wait for the database, not for the processor."""
    options = {
        "bind": f"{host}:{port}",
        "worker-class": "gthread",
        "workers": str(processes),
        "threads": "4",
        # Loaded and warmed up once; the processes are forked from that.
        "preload": True,
        "graceful-timeout": "1",
        "keep-alive": "5",
        "log-level": "warning",
        "worker-tmp-dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112, S108
    }
    flags = [part for name, value in options.items() if value for part in (f"--{name}", value) if isinstance(part, str)]
    return [sys.executable, "-m", "gunicorn", *flags, "loyalty.wsgi:application"]


class FirstAnswer:
    """Tells, without ever waiting for it, whether the front page is answered: who asks must not miss a signal."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._call: socket.socket | None = None

    def __call__(self) -> bool:
        """Ask, unless an earlier question is still open, and look whether the answer begins."""
        try:
            if self._call is None:
                self._call = socket.create_connection(self._address, timeout=0.2)
                self._call.sendall(f"GET / HTTP/1.0\r\nHost: {self._address[0]}\r\n\r\n".encode())
            if not select.select([self._call], [], [], 0)[0]:
                return False
            has_begun = bool(self._call.recv(1))
        except OSError:
            has_begun = False
        if self._call is not None:
            self._call.close()
            self._call = None
        return has_begun


def refuse_a_taken_port(host: str, port: int) -> None:
    """Raises CommandError with one sentence when something listens there already, or the address is not ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"{host}:{port} can't be used ({error.strerror}): stop what listens there, or use `make run PORT=8001`.") from None
