"""SMS to the member's proven phone."""

from datetime import datetime

from django.conf import settings

from accounts.domain.notifications import sms, sms_backend
from accounts.domain.notifications.channels.base import Sending
from accounts.domain.notifications.outcome import Outcome
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.sender import Sender
from accounts.domain.notifications.sms_budget import Pool
from accounts.models import Message
from accounts.models.notification import Category, Channel


class SmsSending(Sending):
    """One after the other: the budget is counted in this thread's database before each."""

    slug = Channel.SMS
    position = 10

    def __init__(self, sender: Sender) -> None:
        self._backend = sms_backend.backend()
        self.provider = self._backend.slug
        self.per_second = settings.SMS_PER_SECOND

    def prepare(self, messages: list[Message]) -> None:
        """Nothing."""

    def send(self, message: Message, to: Reach, *, now: datetime) -> Outcome:
        """Hand one text over, within the budget."""
        pool = Pool.KNOWN if message.category == Category.SECURITY else Pool.MESSAGES
        return sms.send(self._backend, to=to.phone, text=message.body, key=str(message.pk), pool=pool, now=now)

    def settle(self, *, now: datetime) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
