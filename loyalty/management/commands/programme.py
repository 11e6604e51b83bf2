"""`manage.py programme`: shows and changes the programme."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.domain import programme as programmes
from loyalty.lib.errors import DomainError


class Command(BaseCommand):
    help = "Shows the programme, or changes it: programme set KEY=VALUE… (all of them or none)."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        show = actions.add_parser("show", help="print the programme's keys and values")
        show.add_argument("--json", action="store_true")
        change = actions.add_parser("set", help="change values, all of them or none")
        change.add_argument("pairs", nargs="+", metavar="KEY=VALUE", help=f"keys: {', '.join(programmes.KEYS)}")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "set":
            self._set(options["pairs"])
            return
        values = programmes.show(programmes.current())
        if options["json"]:
            self.stdout.write(json.dumps(values, ensure_ascii=False, indent=2))
            return
        for key, value in values.items():
            self.stdout.write(f"{key}={value}")

    def _set(self, pairs: list[str]) -> None:
        values: dict[str, str] = {}
        problems = []
        for pair in pairs:
            key, equals, text = pair.partition("=")
            if not equals:
                problems.append(f"“{pair[:60]}” is not KEY=VALUE, as in pending_days=7.")
            elif key in values:
                problems.append(f"{key}: it is given twice.")
            else:
                values[key] = text
        if problems:
            raise CommandError("\n".join([*problems, *programmes.read_values(values)[1]]))
        try:
            changed = programmes.set_values(values)
        except DomainError as error:
            raise CommandError(error.message) from None
        if not changed:
            self.stdout.write("Nothing changed.")
        shown = programmes.show(programmes.current())
        for key, (old, _new) in changed.items():
            self.stdout.write(f"{key}: {old} → {shown[key]}")
