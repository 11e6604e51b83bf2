"""`manage.py balance MEMBER…`: what members have, as of any date."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.domain import programme as programmes
from loyalty.domain.ledger import Balance, balances, total_balance
from loyalty.lib.clock import parse_day_or_instant
from partners.domain import customer_number
from partners.models import Partner


def as_json(balance: Balance) -> dict[str, Any]:
    """The public form of a balance: whole points, dates as ISO days, money as a number."""
    lifetime = balance.lifetime
    return {
        "available": balance.available,
        "pending": balance.pending,
        "pending_by_date": {day.isoformat(): points for day, points in balance.pending_by_date.items()},
        "expiring_by_date": {day.isoformat(): points for day, points in balance.expiring_by_date.items()},
        "held": balance.held,
        "debt": balance.debt,
        "lifetime": {
            "earned": lifetime.earned,
            "spent": lifetime.spent,
            "expired": lifetime.expired,
            "returned": lifetime.returned,
            "forgiven": lifetime.forgiven,
            "saved": float(lifetime.saved),
        },
    }


class Command(BaseCommand):
    help = "Shows balances as of an instant; a bare date means the end of that business day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("members", nargs="*", metavar="MEMBER", help="card number, phone (+…), e-mail, or with --partner a customer number")
        parser.add_argument("--partner", metavar="SLUG", help="whose customer numbers are meant")
        parser.add_argument("--as-of", metavar="DATE-or-ISO")
        parser.add_argument("--total", action="store_true", help="the sum of all members")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = programmes.current()
        try:
            at = parse_day_or_instant(options["as_of"], programme.zone) if options["as_of"] else timezone.now()
        except (ValueError, OverflowError):
            raise CommandError(f"--as-of “{options['as_of']}” is neither a date nor a date and time, as in 2026-11-22.") from None
        texts: list[str] = options["members"]
        if options["total"]:
            if texts:
                raise CommandError("Name members or give --total, not both.")
            total = total_balance(programme=programme, at=at)
            self._show([("total", total)], options["json"], single=True)
            return
        if not texts:
            raise CommandError("Name at least one member, or give --total.")
        ids = self._resolve(texts, options["partner"])
        found = balances(set(ids), programme=programme, at=at)
        self._show([(text, found[pk]) for text, pk in zip(texts, ids, strict=True)], options["json"], single=False)

    def _resolve(self, texts: list[str], slug: str | None) -> list[int]:
        partner = None
        if slug:
            partner = Partner.objects.filter(slug=slug).first()
            if partner is None:
                raise CommandError(f"There is no partner “{slug}”.")
        found = customer_number.resolve(texts, partner=partner)
        ids = []
        for text in texts:
            # A blocked card still names its member here: nothing is spent or earned by looking.
            if reason := found.refusal(text, at=None):
                raise CommandError(f"{text}: {reason}.")
            ids.append(found.found[text])
        return ids

    def _show(self, rows: list[tuple[str, Balance]], as_array: bool, *, single: bool) -> None:
        if as_array:
            data = [as_json(balance) for _text, balance in rows]
            self.stdout.write(json.dumps(data[0] if single else data, ensure_ascii=False, indent=2))
            return
        for text, balance in rows:
            lifetime = balance.lifetime
            self.stdout.write(f"{text}: available {balance.available}, pending {balance.pending}, held {balance.held}, debt {balance.debt}")
            for title, by_date in (("pending until", balance.pending_by_date), ("gone from", balance.expiring_by_date)):
                for day, points in by_date.items():
                    self.stdout.write(f"  {title} {day.isoformat()}: {points}")
            self.stdout.write(
                f"  lifetime: earned {lifetime.earned}, spent {lifetime.spent}, expired {lifetime.expired}, "
                f"returned {lifetime.returned}, forgiven {lifetime.forgiven}, saved {lifetime.saved}"
            )
