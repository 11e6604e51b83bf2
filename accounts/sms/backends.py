"""The backends that need no provider."""

import sys

import structlog

from accounts.domain.notify import put_in_outbox

logger = structlog.get_logger(__name__)


class OutboxSms:
    """Development: the text is kept for /dev/outbox/."""

    def send(self, *, to: str, text: str) -> None:
        """Keep the text."""
        put_in_outbox(channel="sms", to=to, subject="", text=text)


class ConsoleSms:
    """A trial run: the text is printed. Never in production: codes would stand in the logs."""

    def send(self, *, to: str, text: str) -> None:
        """Print the text."""
        sys.stdout.write(f"SMS {to}: {text}\n")


class NoSms:
    """Production without a provider: nothing is sent, and the log says so."""

    def send(self, *, to: str, text: str) -> None:
        """Log that a text could not be sent, without its content."""
        logger.error("message_not_sent", channel="sms", why="SMS_BACKEND is not set")
