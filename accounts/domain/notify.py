"""Codes and notices about the log-in: at once, past the queue of messages. And the development outbox.

The way they are sent (allow-list, budget, breaker, backend) is accounts.domain.notifications.sms.
"""

import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.db import close_old_connections

from accounts.domain.notifications import sms

logger = structlog.get_logger(__name__)

_KEPT = 200
_senders = ThreadPoolExecutor(max_workers=4, thread_name_prefix="notify")


def send_sms(*, to: str, text: str, now: datetime) -> None:
    """Send a text message. Never inside a transaction. A failure is logged, without the number."""
    key = secrets.token_hex(8)
    deliver(lambda: sms.send_code(to=to, text=text, key=key, now=now), what="sms")


def deliver(send: Callable[[], object], *, what: str) -> None:
    """Hand a message over without making the page wait for it: how long that takes would tell who is known.

    NOTIFY_IN_BACKGROUND off (development, tests): at once.
    """
    if settings.NOTIFY_IN_BACKGROUND:
        _senders.submit(_deliver, send, what)
    else:
        _deliver(send, what)


def _deliver(send: Callable[[], object], what: str) -> None:
    # Threads of the pool live long: a connection that went bad meanwhile is replaced.
    if settings.NOTIFY_IN_BACKGROUND:
        close_old_connections()
    try:
        send()
    except Exception:  # whatever a provider's client raises: who waits can ask for another code
        logger.exception("message_not_sent", channel=what)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message in the development outbox."""

    channel: str
    to: str
    subject: str
    text: str
    at: datetime


def put_in_outbox(*, channel: str, to: str, subject: str, text: str, at: datetime) -> None:
    """Keep a message as a file below VAR_DIR, where every process of this machine finds it. The newest 200 stay."""
    folder = _outbox()
    folder.mkdir(parents=True, exist_ok=True)
    record = asdict(Sent(channel=channel, to=to, subject=subject, text=text, at=at))
    record["at"] = record["at"].isoformat()
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    aside = folder / f".{name}"
    aside.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    aside.rename(folder / f"{name}.json")
    for old in sorted(folder.glob("*.json"))[:-_KEPT]:
        old.unlink(missing_ok=True)


def outbox(limit: int = 50) -> list[Sent]:
    """The newest messages of the development outbox, newest first."""
    found = []
    for path in sorted(_outbox().glob("*.json"), reverse=True)[:limit]:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        found.append(Sent(**{**record, "at": datetime.fromisoformat(record["at"])}))
    return found


def _outbox() -> Path:
    return Path(settings.VAR_DIR) / "outbox"
