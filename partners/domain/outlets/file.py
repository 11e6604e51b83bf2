"""Loading a partner's outlets from a file: checked row by row, written in one transaction, repeatable."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.db import transaction

from loyalty.lib import csv_file
from loyalty.lib.csv_file import REASON
from loyalty.lib.errors import DomainError
from partners.domain import search
from partners.domain.map import geo
from partners.domain.outlets import row as outlet_row
from partners.domain.outlets.row import FIELDS, OPTIONAL, REQUIRED, OutletRow
from partners.models import Outlet, Partner

# SQLite takes at most 999 values a statement.
_BATCH = 80
# An outlet this far from the middle of its city's, and so many times farther than half of them are, is pointed out; where more
# than a few are, there are cities of one name.
_FAR_KM, _TIMES, _ENOUGH, _FEW = 75.0, 6, 10, 0.05


@dataclass
class OutletImport:
    """What a load did. Rejected rows and warnings by their place in the file (1 = first row after the header)."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    ignored_columns: list[str] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    warnings: dict[int, str] = field(default_factory=dict)

    @property
    def reasons(self) -> Counter[str]:
        """How many rows were rejected for each reason."""
        return Counter(self.rejected.values())


def import_outlets(path: Path, *, partner: Partner, rejects: Path | None = None, reading: Callable[[int], object] = lambda rows: None) -> OutletImport:
    """Load a partner's outlets (DESIGN section 4; gzip where the name ends in .gz). What the file doesn't name stays as it is.

    The file is read whole first: DomainError bad_file means nothing was written. Bad rows are collected with their reasons
    (and written to `rejects`, if given), the others are written in one transaction. `reading` is called with the rows read.
    """
    result = OutletImport()
    read = _read(path, result, reading)
    _point_out_far_ones(read, result)
    with transaction.atomic():
        _write([row for _place, row in read], partner, result)
        search.refresh(partner_ids=[partner.pk])
    if rejects is not None:
        csv_file.write_rejects(path, rejects, result.rejected)
    return result


def _read(path: Path, result: OutletImport, reading: Callable[[int], object]) -> list[tuple[int, OutletRow]]:
    """The sound rows with their places."""
    found: list[tuple[int, OutletRow]] = []
    first: dict[str, int] = {}
    short = False
    with csv_file.readable(path) as stream:
        reader = csv.reader(stream, strict=True)
        header = [name.strip().lower() for name in next(reader, [])]
        csv_file.check_header(header, path, required=REQUIRED)
        result.ignored_columns = [name for name in header if name not in (*REQUIRED, *OPTIONAL, REASON)]
        for place, cells in enumerate(reader, start=1):
            result.rows = place
            if not cells:
                continue
            try:
                row, warning = _row(cells, header)
                if row.external_id in first:
                    raise ValueError(f"external_id “{row.external_id}” is in row {first[row.external_id]} already")
            except ValueError as error:
                result.rejected[place] = str(error)
                short = len(cells) < len(header)
            else:
                first[row.external_id] = place
                found.append((place, row))
                if warning:
                    result.warnings[place] = warning
                short = False
            if not place % 5000:
                reading(place)
        reading(result.rows)
        if result.rows and short and not stream.ends_with_newline:
            raise DomainError("bad_file", f"{path.name} is cut off in row {result.rows}: nothing was loaded. Get the whole file and try again.")
    return found


def _row(cells: list[str], header: list[str]) -> tuple[OutletRow, str]:
    if len(cells) != len(header):
        raise ValueError(f"the row has {len(cells)} columns, the header {len(header)}")
    return outlet_row.read(dict(zip(header, cells, strict=True)))


def _point_out_far_ones(read: Sequence[tuple[int, OutletRow]], result: OutletImport) -> None:
    """Warn of outlets that lie far from the others of their city: one coordinate of them is wrong, or the city."""
    by_city: dict[tuple[str, str], list[tuple[int, OutletRow]]] = defaultdict(list)
    for place, row in read:
        if row.city:
            by_city[row.country, row.city].append((place, row))
    for (_country, city), members in by_city.items():
        if len(members) < _ENOUGH:
            continue
        lat, lng = median(row.lat for _place, row in members), median(row.lng for _place, row in members)
        distances = [geo.distance_km(lat, lng, row.lat, row.lng) for _place, row in members]
        bound = max(_FAR_KM, _TIMES * median(distances))
        far = [(place, km) for (place, _row), km in zip(members, distances, strict=True) if km > bound]
        if len(far) <= max(1, _FEW * len(members)):
            for place, km in far:
                result.warnings[place] = f"loaded, but it lies {km:.0f} km from the other outlets of {city}: check lat and lng"


def _write(rows: Sequence[OutletRow], partner: Partner, result: OutletImport) -> None:
    """Bring the database to what the rows say."""
    # Two loads of one partner at a time take turns.
    Partner.objects.select_for_update().get(pk=partner.pk)
    known = {values[0]: values for values in Outlet.objects.filter(partner=partner).values_list(*FIELDS)}
    stale = []
    for row in rows:
        before = known.get(row.external_id)
        if before == tuple(row.values.values()):
            result.unchanged += 1
            continue
        result.created += before is None
        result.changed += before is not None
        stale.append(Outlet(partner=partner, **row.values))
    Outlet.objects.bulk_create(
        stale,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["partner", "external_id"],
        update_fields=[name for name in FIELDS if name != "external_id"],
    )
