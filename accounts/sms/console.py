"""A trial run: texts are printed."""

import sys

from accounts.domain.notifications.sms_backend import Accepted, SmsBackend


class ConsoleSms(SmsBackend):
    """A trial run: the text is printed. Never in production: codes would stand in the logs."""

    slug = "console"

    def send(self, *, to: str, text: str, key: str) -> Accepted:
        """Print the text."""
        sys.stdout.write(f"SMS {to}: {text}\n")
        return Accepted(is_final=True)
