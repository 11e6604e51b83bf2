"""`manage.py demo`: loads a believable programme."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from loyalty.demo.load import load

# Printed for everybody to read, so only where development is.
_DEVELOPMENT_PASSWORD = "zheton-demo"  # noqa: S105


class Command(BaseCommand):
    help = "Loads the demo programme: partners, outlets, members with a year of purchases. Loading again completes it and doubles nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="the password of the demo's log-ins; needed where DEBUG is off, existing ones get it too")

    def handle(self, *args: Any, password: str | None, **options: Any) -> None:
        if password is not None and len(password) < 8:
            raise CommandError("A password has at least 8 characters.")
        chosen = password or (_DEVELOPMENT_PASSWORD if settings.DEBUG else None)
        with tqdm(desc="Purchases", unit=" documents", disable=not self.stderr.isatty(), leave=False) as bar:

            def begin(total: int) -> Callable[[int], None]:
                bar.reset(total)
                return lambda done: bar.update(done) and None

            done = load(now=timezone.now(), password=chosen, reset_passwords=password is not None, begin=begin)
        self.stdout.write(
            f"Demo of {done.anchor:%Y-%m-%d}: {done.categories} categories, {done.partners} partners, {done.outlets} outlets, "
            f"{done.members} members, {done.orders} orders, {done.returns} returns ({done.recorded} documents new)."
        )
        for sentence in done.refused:
            self.stderr.write(f"Refused: {sentence}")
        if not chosen:
            self.stdout.write("No log-ins were made: DEBUG is off. Give --password to make them.")
            return
        for log_in in done.log_ins:
            self.stdout.write(f"{log_in.title}: {log_in.email} / {log_in.password or '(the password was changed)'} at {settings.SITE_URL}{log_in.path}")
