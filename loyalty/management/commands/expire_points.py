"""`manage.py expire_points`: writes the expiry entries of lots that have run out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.lib.clock import parse_day_or_instant
from loyalty.tasks import give_way


class Command(BaseCommand):
    help = "Writes expiry entries for lots that have run out. Balances are right without it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", metavar="ISO", help="the instant to look at (default: the clock)")

    def handle(self, *args: Any, as_of: str | None, **options: Any) -> None:
        now = timezone.now()
        try:
            at = parse_day_or_instant(as_of, programmes.current().zone) if as_of else now
        except (ValueError, OverflowError):
            raise CommandError(f"--as-of “{as_of}” is not a date and time, as in 2026-11-22T00:00:00+03:00.") from None
        done = ledger.expire_points(now=now, as_of=at, report=give_way)
        self.stdout.write(f"{done.points} points of {done.members} members written off in {done.entries} entries.")
