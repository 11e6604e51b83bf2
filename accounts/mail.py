"""E-mail in development: every message is kept for /dev/outbox/."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from accounts.domain.notify import put_in_outbox


class OutboxEmailBackend(BaseEmailBackend):
    """Keeps messages as files below VAR_DIR instead of sending them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages. Returns how many."""
        for message in email_messages:
            put_in_outbox(channel="email", to=", ".join(message.recipients()), subject=str(message.subject), text=str(message.body), at=timezone.now())
        return len(email_messages)
