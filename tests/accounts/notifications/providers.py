"""Stand-ins of what stands outside: a mail server, SMS providers by their documented answers, a push service. Real servers on loopback."""

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import http_ece
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass
class MailServer:
    """Speaks SMTP, keeps what it accepts. `refuses`: address → the answer to RCPT."""

    received: list[EmailMessage] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Whether an address is taken."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A mail."""
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.received.append(parsed)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        handler = MailServer(port=probe.getsockname()[1])
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


@dataclass
class Call:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        """The form that was posted."""
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


type Answer = tuple[int, str] | Callable[[Call], tuple[int, str]]


@dataclass
class Provider:
    """An HTTP provider. `answers` are used up in turn, then every call gets `answer`. A status of 0 never answers."""

    url: str
    answer: Answer = (200, "{}")
    answers: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    hang_seconds: float = 0.0


@contextmanager
def http_provider() -> Iterator[Provider]:
    """A provider on a free port of loopback."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            with lock:
                known.calls.append(call)
                answer = known.answers.pop(0) if known.answers else known.answer
            status, body = answer(call) if callable(answer) else answer
            if status == 0:
                released.wait(known.hang_seconds)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """The client hangs up on purpose in some tests."""

    released = threading.Event()
    server = Server(("127.0.0.1", 0), Handler)
    known = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield known
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Browser:
    """A browser's side of a push subscription: it alone can read what is pushed."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"0123456789abcdef"

    @property
    def p256dh(self) -> str:
        """Its public key, as the browser gives it to the page."""
        return _text(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth(self) -> str:
        """Its secret."""
        return _text(self.secret)

    def read(self, call: Call) -> dict[str, Any]:
        """Decrypt what was pushed (RFC 8291)."""
        assert call.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(call.body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        found = json.loads(plain)
        assert isinstance(found, dict)
        return found


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Clock:
    """Stands still until a test moves it; a rest moves it too."""

    def __init__(self, now: Any) -> None:
        self.now = now
        self.rested = 0.0

    def __call__(self) -> Any:
        return self.now

    def pass_(self, **duration: float) -> None:
        """Move on."""
        from datetime import timedelta

        self.now += timedelta(**duration)

    def rest(self, seconds: float) -> None:
        """What a worker does while a provider's rate holds it back."""
        self.rested += seconds
        self.pass_(seconds=seconds)


def patience(seconds: float, until: Callable[[], bool]) -> bool:
    """Wait for other processes: whether it came about in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not until():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True
