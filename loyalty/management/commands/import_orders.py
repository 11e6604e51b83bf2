"""`manage.py import_orders FILE --partner SLUG`: bulk orders and returns."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import timezone
from tqdm import tqdm

from loyalty.domain import programme as programmes
from loyalty.domain.orders import ImportResult, import_orders
from loyalty.lib.clock import parse_day_or_instant
from loyalty.lib.errors import DomainError
from partners.models import Partner

_REASONS_SHOWN = 20


class Command(BaseCommand):
    help = "Loads a CSV file of orders and returns. Can be stopped and run again: nothing is doubled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or gzipped CSV, UTF-8")
        parser.add_argument("--partner", required=True, metavar="SLUG")
        parser.add_argument("--rejects", type=Path, metavar="OUT.csv", help="where rejected rows go, with a reason")
        parser.add_argument("--now", metavar="ISO", help="the recording time (default: the clock)")

    def handle(self, *args: Any, file: Path, partner: str, rejects: Path | None, now: str | None, **options: Any) -> None:
        programme = programmes.current()
        try:
            recorded_at = parse_day_or_instant(now, programme.zone) if now else timezone.now()
        except ValueError:
            raise CommandError(f"--now “{now}” is not a date and time, as in 2026-11-22T14:05:00+03:00.") from None
        source = Partner.objects.filter(slug=partner).first()
        if source is None:
            raise CommandError(f"There is no partner “{partner}”. Create it: manage.py partner {partner} --name … --base …")
        if rejects is not None and not rejects.parent.is_dir():
            raise CommandError(f"The folder of the rejects file, {rejects.parent}, doesn't exist.")
        result = self._load(file, source, programme, recorded_at, rejects)
        self._summarise(result, rejects)

    def _load(self, file: Path, partner: Partner, programme: Any, now: datetime, rejects: Path | None) -> ImportResult:
        progress = [0, 0]
        # disable=None: bars appear on a terminal only.
        with (
            tqdm(desc="reading", unit=" rows", disable=None, file=self.stderr) as reading,
            tqdm(desc="posting", unit=" orders", disable=None, file=self.stderr) as posting,
        ):

            def read(rows: int) -> None:
                reading.update(rows - reading.n)

            def posted(done: int, total: int) -> None:
                progress[:] = done, total
                posting.total = total
                posting.update(done - posting.n)

            try:
                return import_orders(file, partner=partner, programme=programme, now=now, rejects=rejects, reading=read, posted=posted)
            except DomainError as error:
                raise CommandError(error.message, returncode=2) from None
            except OperationalError as error:
                why, (done, total) = str(error).partition("\n")[0], progress
                raise CommandError(
                    f"The database could not be had ({why}); {done} of {total or 'all'} orders are posted and stay. Run the same command again."
                ) from None

    def _summarise(self, result: ImportResult, rejects: Path | None) -> None:
        if result.ignored_columns:
            self.stdout.write(f"Ignored columns: {', '.join(result.ignored_columns)}")
        self.stdout.write(
            f"{result.rows} rows: {result.sales} orders and {result.returns} returns recorded, "
            f"{result.unchanged} known already, {len(result.rejected)} rows rejected."
        )
        for reason, count in result.reasons.most_common(_REASONS_SHOWN):
            first = next(place for place, why in result.rejected.items() if why == reason)
            self.stdout.write(f"  {count} × {reason} (first in row {first})")
        if len(result.reasons) > _REASONS_SHOWN:
            self.stdout.write(f"  … and {len(result.reasons) - _REASONS_SHOWN} other reasons")
        if result.rejected and rejects is not None:
            self.stdout.write(f"Rejected rows are in {rejects}")
