"""An e-mail provider that takes no time (or as many milliseconds as one says), and a task that does nothing: what sending is compared with."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from celery import shared_task
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class InstantMail(BaseEmailBackend):
    """Writes each mail that it takes as a line of INSTANT_MAIL: Message-ID, instant, process. Several processes may, none tears a line.

    INSTANT_MAIL_MS: it has taken the mail, and answers so much later; another line says that it has answered.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Note each mail."""
        wait = float(os.environ.get("INSTANT_MAIL_MS") or 0) / 1000
        with Path(os.environ["INSTANT_MAIL"]).open("ab", buffering=0) as file:
            for mail in email_messages:
                name = mail.extra_headers["Message-ID"]
                file.write(f"{name} {time.time():.3f} {os.getpid()}\n".encode())
                if wait:
                    time.sleep(wait)
                    file.write(f"= {name} {os.getpid()}\n".encode())
        return len(email_messages)


@shared_task
def nothing(n: int) -> None:
    """Costs what the broker costs."""
    with Path(os.environ["INSTANT_MAIL"]).open("ab", buffering=0) as file:
        file.write(b"-\n")


@dataclass(frozen=True)
class Taken:
    """A mail that the provider has taken. `answered`: its sender lived to hear so."""

    name: str
    at: float
    process: int
    answered: bool = True


class Log:
    """What the provider got, in the order in which it came."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def lines(self) -> int:
        """How many lines there are: mails and tasks."""
        return self._path.read_bytes().count(b"\n")

    def taken(self) -> list[Taken]:
        """The mails."""
        words = [line.split() for line in self._path.read_text().splitlines()]
        answered = {(line[1], line[2]) for line in words if line[0] == "="}
        mails = [line for line in words if len(line) == 3 and line[0] != "="]
        return [Taken(name, float(at), int(process), (name, process) in answered) for name, at, process in mails]

    def empty(self) -> None:
        """Forget everything."""
        os.truncate(self._path, 0)


def doubles(taken: Sequence[Taken]) -> list[Taken]:
    """The earlier copy of each mail that came more than once."""
    last: dict[str, Taken] = {}
    found = []
    for one in taken:
        if one.name in last:
            found.append(last[one.name])
        last[one.name] = one
    return found
