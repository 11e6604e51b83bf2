"""A partner's receiver: a real HTTP server on loopback whose answers a test scripts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from partners.domain import webhooks
from partners.models import Partner, WebhookDelivery, WebhookEndpoint

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Received:
    """One request as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """The running server. `answers` are used up in turn, then every request gets `status`."""

    url: str
    status: int = 204
    answers: list[int | tuple[int, dict[str, str]] | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver(wrap: Callable[[ThreadingHTTPServer], None] = lambda server: None, scheme: str = "http") -> Iterator[Receiver]:
    """Start a receiver on a free port of loopback; `wrap` may put TLS around it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            known.requests.append(Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            answer = known.answers.pop(0) if known.answers else known.status
            if callable(answer):
                answer(self)
                return
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """The client hangs up on purpose in some tests."""

    server = Server(("127.0.0.1", 0), Handler)
    wrap(server)
    known = Receiver(f"{scheme}://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield known
    finally:
        known.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def make_endpoint(url: str, *, slug: str = "bakery", **values: Any) -> WebhookEndpoint:
    """An endpoint of a partner that exists since a day ago."""
    partner, _created = Partner.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})
    return webhooks.create_endpoint(partner=partner, url=url, now=NOW - timedelta(days=1), **values)


def make_deliveries(endpoint: WebhookEndpoint, count: int = 1, *, now: datetime = NOW) -> list[WebhookDelivery]:
    """Messages that wait to be sent."""
    return [webhooks.queue_test(endpoint, now=now) for _ in range(count)]
