"""Development: texts are read in the browser."""

from django.utils import timezone

from accounts.domain.notifications.sms_backend import Accepted, SmsBackend
from accounts.domain.notify import put_in_outbox


class OutboxSms(SmsBackend):
    """Development: the text is kept for /dev/outbox/."""

    slug = "outbox"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Keep the text."""
        put_in_outbox(channel="sms", to=to, subject="", text=text, at=timezone.now())
        return Accepted(is_final=True)
