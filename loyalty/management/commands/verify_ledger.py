"""`manage.py verify_ledger`: checks every invariant of the ledger."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from loyalty.domain.verify import count, verify


class Command(BaseCommand):
    help = "Checks every invariant of the ledger, prints each violation, exits 1 on any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        violations = list(verify(now=timezone.now()))
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not violations, "violations": [vars(one) for one in violations]}, ensure_ascii=False, indent=2))
        else:
            for one in violations:
                self.stdout.write(f"{one.check}: {one.message}")
            if not violations:
                self.stdout.write(f"The ledger is sound: {count()} checks.")
        if violations:
            raise SystemExit(1)
