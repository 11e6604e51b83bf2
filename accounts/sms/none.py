"""No provider."""

import structlog

from accounts.domain.notifications.sms_backend import Accepted, SmsBackend, SmsRefused

logger = structlog.get_logger(__name__)


class NoSms(SmsBackend):
    """Production without a provider: nothing is sent, and the log says so."""

    slug = "none"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Log that a text could not be sent, without its content."""
        logger.error("message_not_sent", channel="sms", why="SMS_BACKEND is not set")
        raise SmsRefused("SMS_BACKEND is not set")
