"""`manage.py partner SLUG`: takes a partner into the programme, or gives it new dated terms."""

import argparse
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.domain import programme as programmes
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.errors import DomainError
from loyalty.lib.numbers import parse_pct
from partners.domain import partner as partners
from partners.domain.terms import BEGINNING


def _argument[T](read: Callable[[str], T]) -> Callable[[str], T]:
    """Let argparse say what a ValueError says."""

    def convert(text: str) -> T:
        try:
            return read(text)
        except (ValueError, OverflowError) as error:
            raise argparse.ArgumentTypeError(f"{error}.") from None

    return convert


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(f"“{text[:40]}” is not a date, as in 2026-11-22")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no {text}") from None


class Command(BaseCommand):
    help = "Creates a partner, or gives it new dated terms. What isn't named stays as in the terms that hold."

    def add_arguments(self, parser: CommandParser) -> None:
        pct: Callable[[str], Decimal] = _argument(parse_pct)
        parser.add_argument("slug", metavar="SLUG")
        parser.add_argument("--name", required=True)
        parser.add_argument("--base", required=True, type=pct, metavar="PCT", help="base accrual, percent of what is paid in money")
        parser.add_argument("--spendable", type=pct, metavar="PCT", help="the most that points may pay, percent of an order")
        parser.add_argument("--fee", type=pct, metavar="PCT", help="the operator's fee, percent of turnover")
        parser.add_argument(
            "--from",
            dest="start",
            type=_argument(_day),
            metavar="DATE",
            help="the terms hold from the start of this business day (default: from now; a new partner's from the beginning)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        zone = programmes.current().zone
        try:
            valid_from = start_of_day(options["start"], zone) if options["start"] else None
        except OverflowError:
            raise CommandError(f"--from {options['start']} is outside the calendar.") from None
        try:
            done = partners.register(
                options["slug"],
                name=options["name"],
                base_pct=options["base"],
                spendable_pct=options["spendable"],
                fee_pct=options["fee"],
                valid_from=valid_from,
                now=timezone.now(),
            )
        except DomainError as error:
            raise CommandError(error.message) from None
        slug = done.partner.slug
        if done.created:
            self.stdout.write(f"Created partner {slug} “{done.partner.name}”.")
        elif done.renamed:
            self.stdout.write(f"Renamed partner {slug} to “{done.partner.name}”.")
        if done.terms is None:
            self.stdout.write(f"The terms of {slug} are these already, nothing changed: {done.conditions.in_words}.")
            return
        start = "from the beginning" if done.terms.valid_from == BEGINNING else f"from {business_day(done.terms.valid_from, zone)}"
        self.stdout.write(f"New terms of {slug} {start}: {done.conditions.in_words}.")
