"""A till's line to the API: every call is repeated with its Idempotency-Key until there is an answer."""

import json
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from loyalty.management.tills.figures import Figures

_TRIES = 6
# Seconds: before the second try, doubled for each further one, and never more than this.
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
# Refusals that a till may get in the course of trade. Any other refusal means that a request or the server is wrong.
TRADE = frozenset(
    {
        "conflict",
        "insufficient_points",
        "spend_above_share",
        "spend_locked",
        "spend_needs_token",
        "spend_needs_consent",
        "daily_cap_reached",
        "token_expired",
        "hold_lapsed",
        "hold_captured",
        "hold_released",
        "hold_awaits_member",
        "too_many_lookups",
    }
)


@dataclass(slots=True, frozen=True)
class Answer:
    """A final answer. `status` is 0 if none came; `body` is empty then."""

    status: int
    body: dict[str, Any]

    @property
    def done(self) -> bool:
        """Whether the API did what it was asked."""
        return 200 <= self.status < 300

    @property
    def unknown(self) -> bool:
        """Whether the till can't know what became of its call."""
        return self.status == 0 or self.status >= 500


class ApiClient:
    """Calls of the API as one partner; threads may share it."""

    def __init__(self, url: str, key: str, figures: Figures, *, timeout: float, stop: threading.Event) -> None:
        self.base, self.figures, self.timeout, self.stop = f"{url.rstrip('/')}/api/v1/", figures, timeout, stop
        self.headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}
        self._threads = threading.local()

    def get(self, name: str, path: str, *, due: float | None = None) -> Answer:
        """A look-up."""
        return self._call(name, "GET", path, None, dict(self.headers), due)

    def post(self, name: str, path: str, body: dict[str, Any], *, due: float | None = None, once: bool = True) -> Answer:
        """A posting, with an Idempotency-Key unless `once` is False. `due`: when the customer stood at the till."""
        headers = self.headers | ({"Idempotency-Key": str(uuid.uuid4())} if once else {})
        return self._call(name, "POST", path, json.dumps(body).encode(), headers, due)

    def _call(self, name: str, method: str, path: str, data: bytes | None, headers: dict[str, str], due: float | None) -> Answer:
        # From when it was due, not from when a thread was free: a server that stalls may not hide the queue.
        started = time.monotonic() if due is None else due
        why = ""
        for attempt in range(_TRIES):
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
            try:
                response = self._session().request(method, self.base + path, data=data, headers=headers, timeout=self.timeout)
            except requests.Timeout:
                why = "time-out"
            except requests.RequestException as error:
                why = _cause(error)
            else:
                code = _code(response)
                if response.status_code != 503 and code != "call_in_flight":
                    return self._final(name, response, code, seconds=time.monotonic() - started)
                if "Retry-After" not in response.headers:
                    self.figures.fault(f"{method} {path}: {response.status_code} without Retry-After")
                why, wait = str(response.status_code), _seconds(response.headers.get("Retry-After"), wait)
            if attempt == _TRIES - 1 or self.stop.wait(wait):
                break
            self.figures.retry(name, why)
        if not self.stop.is_set():
            self.figures.give_up(name, why)
        return Answer(0, {})

    def _final(self, name: str, response: requests.Response, code: str, *, seconds: float) -> Answer:
        status = response.status_code
        try:
            body = response.json()
        except ValueError:
            body = None
        if status >= 500 or not isinstance(body, dict):
            self.figures.fault(f"{name}: {status} {code or repr(response.text[:80])}")
        elif status >= 400 and code not in TRADE:
            self.figures.fault(f"{name}: {status} {code}: {body.get('detail', '')}")
        self.figures.call(name, seconds, refusal=(status, code) if status >= 400 else None)
        return Answer(status, body if isinstance(body, dict) else {})

    def _session(self) -> requests.Session:
        """A connection of this thread's own."""
        if not hasattr(self._threads, "session"):
            session = requests.Session()
            session.trust_env = False  # no proxy stands between a till and the API
            session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=1))
            self._threads.session = session
        found: requests.Session = self._threads.session
        return found


def _code(response: requests.Response) -> str:
    """The stable code of a refusal."""
    if response.status_code < 400:
        return ""
    try:
        return str(response.json().get("code", ""))
    except (ValueError, AttributeError):
        return ""


def _seconds(text: str | None, default: float) -> float:
    return min(_LONGEST_WAIT, float(text)) if text and text.isascii() and text.isdigit() else default


def _cause(error: requests.RequestException) -> str:
    return "connection refused or lost" if isinstance(error, requests.ConnectionError) else type(error).__name__
