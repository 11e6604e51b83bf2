"""The backends that need no provider."""

import json
import sys
from pathlib import Path

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.domain.notifications.sms_backend import Accepted, SmsRefused
from accounts.domain.notify import put_in_outbox

logger = structlog.get_logger(__name__)


class OutboxSms:
    """Development: the text is kept for /dev/outbox/."""

    name = "outbox"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Keep the text."""
        put_in_outbox(channel="sms", to=to, subject="", text=text, at=timezone.now())
        return Accepted(is_final=True)


class ConsoleSms:
    """A trial run: the text is printed. Never in production: codes would stand in the logs."""

    name = "console"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Print the text."""
        sys.stdout.write(f"SMS {to}: {text}\n")
        return Accepted(is_final=True)


class FileSms:
    """A rehearsal: every text is a line of JSON in `sms.jsonl` below ZHETON_VAR."""

    name = "file"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Append the text."""
        line = json.dumps({"key": key, "to": to, "text": text}, ensure_ascii=False)
        with (Path(settings.VAR_DIR) / "sms.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        return Accepted(provider_id=key, is_final=True)


class NoSms:
    """Production without a provider: nothing is sent, and the log says so."""

    name = "none"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Log that a text could not be sent, without its content."""
        logger.error("message_not_sent", channel="sms", why="SMS_BACKEND is not set")
        raise SmsRefused("SMS_BACKEND is not set")
