"""`manage.py prepare`: everything between new code and a server that can start, in one process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from loyalty.management.prepare import prepare


class Command(BaseCommand):
    help = "Applies migrations, compiles messages and collects static files, each only when something changed; --demo loads the demo too."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo programme and print its log-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        logins = prepare(demo=options["demo"], say=self.stdout.write)
        if logins:
            self.stdout.write(logins)
