"""`manage.py triggers`: the table of triggers in docs/quests.md, made from the triggers themselves."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from quests.triggers import TRIGGERS

PAGE = Path(settings.BASE_DIR) / "docs" / "quests.md"
BEGIN, END = "<!-- triggers -->\n", "<!-- /triggers -->\n"


class Command(BaseCommand):
    help = "Prints the table of triggers; with --write puts it into docs/quests.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["write"]:
            self.stdout.write(table(), ending="")
            return
        before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _old, _end, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


def table() -> str:
    """A line for each trigger: its slug, what it asks for, and what its class says of it."""
    with translation.override("en"):
        lines = [f"| `{slug}` | {trigger.label} | {_said(trigger)} |" for slug, trigger in TRIGGERS.items()]
    return "\n".join(["| Slug | Asks for | What counts |", "|---|---|---|", *lines, ""])


def _said(trigger: type) -> str:
    return " ".join((trigger.__doc__ or "").split("\n\n")[0].split())
