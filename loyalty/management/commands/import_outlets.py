"""`manage.py import_outlets FILE --partner SLUG`: a partner's points of sale."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from loyalty.lib.errors import DomainError
from partners.domain.outlets.file import OutletImport, import_outlets
from partners.models import Partner

_REASONS_SHOWN = 20


class Command(BaseCommand):
    help = "Loads a CSV file of outlets: new ones are added, known ones brought up to date. Can be run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV or gzipped CSV, UTF-8")
        parser.add_argument("--partner", required=True, metavar="SLUG")
        parser.add_argument("--rejects", type=Path, metavar="OUT.csv", help="where rejected rows go, with a reason")

    def handle(self, *args: Any, file: Path, partner: str, rejects: Path | None, **options: Any) -> None:
        owner = Partner.objects.filter(slug=partner).first()
        if owner is None:
            raise CommandError(f"There is no partner “{partner}”. Create it: manage.py partner {partner} --name … --base …")
        if rejects is not None and not rejects.parent.is_dir():
            raise CommandError(f"The folder of the rejects file, {rejects.parent}, doesn't exist.")
        # disable=None: the bar appears on a terminal only.
        with tqdm(desc="reading", unit=" rows", disable=None, file=self.stderr) as bar:
            try:
                result = import_outlets(file, partner=owner, rejects=rejects, reading=lambda rows: bar.update(rows - bar.n))
            except DomainError as error:
                raise CommandError(error.message, returncode=2) from None
        self._summarise(result, rejects)

    def _summarise(self, result: OutletImport, rejects: Path | None) -> None:
        if result.ignored_columns:
            self.stdout.write(f"Ignored columns: {', '.join(result.ignored_columns)}")
        self.stdout.write(
            f"{result.rows} rows: {result.created} outlets added, {result.changed} changed, {result.unchanged} known already, "
            f"{len(result.rejected)} rows rejected, {len(result.warnings)} with a warning."
        )
        self._list(result.rejected)
        self._list(result.warnings)
        if result.rejected and rejects is not None:
            self.stdout.write(f"Rejected rows are in {rejects}")

    def _list(self, rejected: dict[int, str]) -> None:
        """Reasons with the number of their rows and the first of these, the most frequent first."""
        first: dict[str, int] = {}
        for place, reason in rejected.items():
            first.setdefault(reason, place)
        for reason, count in Counter(rejected.values()).most_common(_REASONS_SHOWN):
            self.stdout.write(f"  {f'row {first[reason]}' if count == 1 else f'{count} rows, first {first[reason]}'}: {reason}")
        if len(first) > _REASONS_SHOWN:
            self.stdout.write(f"  … and {len(first) - _REASONS_SHOWN} other reasons")
