"""A broadcast by the running product, and what its provider got.

    python tests/load/mailing.py release MEMBERS    makes members, and a broadcast to all of them that begins at once
    python tests/load/mailing.py read               prints as JSON how many of its mails are in which state

Both are run inside the product's environment, by `Mailing` below.
"""

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What a killed worker held waits so long; a stalled machine must not make a living one's claim lapse.
CLAIM_SECONDS = 20


def environment(folder: Path, *, milliseconds: int = 3) -> dict[str, str]:
    """What the product is started with: a provider that takes a mail, and answers some milliseconds later."""
    return {
        "EMAIL_BACKEND": "benchmarks.instant.InstantMail",
        "INSTANT_MAIL": str(folder / "mails"),
        "INSTANT_MAIL_MS": str(milliseconds),
        "MESSAGE_CLAIM_SECONDS": str(CLAIM_SECONDS),
    }


@dataclass(frozen=True)
class Fate:
    """What became of the mails. `inside`: came twice because a process died within the provider's call, or before it could note
    the answer; `doubled`: came twice for any other reason."""

    lost: int
    inside: int
    doubled: int
    states: dict[str, int]


class Mailing:
    """A broadcast to so many members, on its way."""

    def __init__(self, running: Any, folder: Path, members: int) -> None:
        from benchmarks.instant import Log

        self.members = members
        self._running = running
        self._path = folder / "mails"
        self._log = Log(self._path)
        self._read, self._names = 0, set[bytes]()
        running.run("tests/load/mailing.py", "release", str(members))

    def sent(self) -> int:
        """How many different mails the provider has. Reads on from where it was."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            fresh, _newline, _rest = file.read().rpartition(b"\n")
        if fresh:
            self._read += len(fresh) + 1
            self._names |= {line.split(b" ", 1)[0] for line in fresh.split(b"\n") if line[:1] == b"<"}
        return len(self._names)

    def states(self) -> dict[str, int]:
        """State → number of mails."""
        found: dict[str, int] = json.loads(self._running.run("tests/load/mailing.py", "read"))
        return found

    def fate(self) -> Fate:
        """Count what came, and how often."""
        from benchmarks.instant import doubles

        taken = self._log.taken()
        last = {one.process: one for one in taken}
        twice = doubles(taken)
        inside = [one for one in twice if not one.answered or last[one.process] is one]
        return Fate(self.members - len({one.name for one in taken}), len(inside), len(twice) - len(inside), self.states())


def main(action: str, *arguments: str) -> None:
    """See the module."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
    import django

    django.setup()
    from accounts.models import Message
    from benchmarks import messages

    if action == "release":
        messages.make_members(int(arguments[0]))
        messages.release("first")
    else:
        json.dump(Counter(Message.objects.filter(channel="email").values_list("state", flat=True)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
