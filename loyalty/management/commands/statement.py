"""`manage.py statement PARTNER --month YYYY-MM`: a partner's settlement; also closes months and checks them."""

from datetime import date
from typing import Any

from defusedcsv import csv
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty.domain import programme as programmes
from loyalty.domain import verify
from loyalty.domain.settlement import Settlement, StatementLine, close_month, parse_month, settle
from loyalty.lib.errors import DomainError
from loyalty.lib.numbers import plain
from loyalty.lib.tables import safe
from loyalty.models import Programme
from partners.models import Partner

OPERATOR = "operator"
_WORDS = {"taken_back": "points taken back by returns", "redeemed": "points redeemed here", "given_back": "redeemed points given back by returns"}
_COLUMNS = ("partner", "month", "state", "part", "line", "reason", "points", "turnover", "fee_pct", "amount", "currency")


class Command(BaseCommand):
    help = (
        "Shows what a partner and the operator owe each other for a business month: final once the month is closed, a draft before. "
        f"PARTNER is a slug; “{OPERATOR}” shows what the operator itself pays for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partner", nargs="?", metavar="PARTNER")
        parser.add_argument("--month", metavar="YYYY-MM")
        parser.add_argument("--csv", action="store_true", help="one row a line of the statement, amounts positive where the partner pays")
        parser.add_argument("--close", action="store_true", help="close the month for all partners: its statements never change again")
        parser.add_argument("--check", action="store_true", help="compare the statements of the month (without --month: of all months) with the ledger")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = programmes.current()
        try:
            month = parse_month(options["month"]) if options["month"] is not None else None
            if options["check"]:
                self._check(programme, month, options)
            elif month is None:
                raise CommandError("Name the month: --month YYYY-MM.")
            elif options["close"]:
                self._close(programme, month, options)
            else:
                self._show(programme, month, options)
        except DomainError as error:
            raise CommandError(error.message) from None

    def _check(self, programme: Programme, month: date | None, options: dict[str, Any]) -> None:
        if options["partner"] or options["close"] or options["csv"]:
            raise CommandError("--check stands alone or with --month: it checks all partners.")
        wrong = list(verify.statements_agree(programme=programme, now=timezone.now(), only=month))
        for sentence in wrong:
            self.stdout.write(sentence)
        if wrong:
            raise SystemExit(1)
        self.stdout.write("Statements and ledger agree.")

    def _close(self, programme: Programme, month: date, options: dict[str, Any]) -> None:
        if options["partner"] or options["csv"]:
            raise CommandError("--close closes the month for all partners; name none.")
        row = close_month(month, programme=programme, now=timezone.now())
        self.stdout.write(f"{month:%Y-%m} is closed: {row.statements.count()} statements.")

    def _show(self, programme: Programme, month: date, options: dict[str, Any]) -> None:
        slug = options["partner"]
        if not slug:
            raise CommandError("Name a partner, or “operator”.")
        partner = Partner.objects.filter(slug=slug).first()
        if partner is None and slug != OPERATOR:
            raise CommandError(f"There is no partner “{slug[:64]}”.")
        settlement = settle(partner, month, programme=programme)
        if options["csv"]:
            self._write_csv(slug, settlement, programme)
        else:
            self._write_text(settlement, programme)

    def _write_csv(self, slug: str, settlement: Settlement, programme: Programme) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        head = [slug, f"{settlement.month:%Y-%m}", "closed" if settlement.closed_at else "draft"]
        for part, lines in (("month", settlement.lines), ("correction", settlement.corrections)):
            for line in lines:
                turnover = "" if line.turnover is None else f"{line.turnover:.2f}"
                pct = "" if line.pct is None else plain(line.pct)
                row = [*head, part, line.code, line.reason, line.points or "", turnover, pct, line.money, programme.currency]
                writer.writerow([safe(cell) for cell in row])
        writer.writerow([*head, "total", "total", "", "", "", "", settlement.total, programme.currency])

    def _write_text(self, settlement: Settlement, programme: Programme) -> None:
        name = settlement.partner.name if settlement.partner else "The operator"
        state = f"closed on {settlement.closed_at.astimezone(programme.zone):%Y-%m-%d}" if settlement.closed_at else "draft"
        self.stdout.write(f"{name}, {settlement.month:%Y-%m} ({state}), in {programme.currency}; positive amounts are paid to the operator")
        for line in settlement.lines:
            self._line(line)
        if settlement.corrections:
            self.stdout.write("  corrections of months closed before:")
            for line in settlement.corrections:
                self._line(line)
        self.stdout.write(f"  {'total':<48} {'':>12} {settlement.total:>16}")

    def _line(self, line: StatementLine) -> None:
        if line.code == "fee":
            words, count = f"fee {plain(line.pct or line.money)} % of {line.turnover}", ""
        else:
            words, count = _WORDS.get(line.code, f"points issued: {line.reason}"), str(line.points)
        self.stdout.write(f"  {words:<48} {count:>12} {line.money:>16}")
