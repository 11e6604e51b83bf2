"""An e-mail provider that takes no time, and a task that does nothing: what sending is compared with."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from celery import shared_task
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class InstantMail(BaseEmailBackend):
    """Writes the Message-ID of each mail, with the instant, as a line of INSTANT_MAIL: several processes may, none tears a line."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Note each mail."""
        with Path(os.environ["INSTANT_MAIL"]).open("ab", buffering=0) as file:
            file.writelines(f"{mail.extra_headers['Message-ID']} {time.time():.3f}\n".encode() for mail in email_messages)
        return len(email_messages)


@shared_task
def nothing(n: int) -> None:
    """Costs what the broker costs."""
    with Path(os.environ["INSTANT_MAIL"]).open("ab", buffering=0) as file:
        file.write(b"-\n")
