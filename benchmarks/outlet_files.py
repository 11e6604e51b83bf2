"""Turns the real lists of shops into the columns of `import_outlets`.

    python -m benchmarks.outlet_files starbucks|snap|metro|helsinki SOURCE TARGET.csv

Rows stay as they are, the wrong ones too: saying so is the import's work.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("external_id", "name", "address", "city", "country", "lat", "lng", "phone", "hours", "timezone")


def _starbucks(row: dict[str, str], _place: int) -> tuple[str, ...]:
    # "GMT+04:00 Asia/Dubai"
    zone = row["Timezone"].split(" ")[-1]
    # A phone with more than one number in it is too long for one.
    phone = row["Phone Number"] if len(row["Phone Number"]) <= 40 else ""
    its = (row["Store Number"], row["Store Name"], row["Street Address"], row["City"], row["Country"], row["Latitude"], row["Longitude"])
    return (*its, phone, "", zone)


def _snap(row: dict[str, str], place: int) -> tuple[str, ...]:
    return (str(place), row["Store_Name"], row["Address"], row["City"], "US", row["lat"], row["lng"], "", "", "America/New_York")


def _metro(row: dict[str, str], _place: int) -> tuple[str, ...]:
    its = (f"{row['line_id']}.{row['station_id']}", row["station_name"], row["line_name"], "Москва", "RU", row["station_lat"], row["station_lng"])
    return (*its, "", "Mo-Su 05:30-01:00", "Europe/Moscow")


def _helsinki(row: dict[str, str], _place: int) -> tuple[str, ...]:
    address = f"{row['street']} {row['housenumber']}".strip()
    return (row["osm_id"], row["name"][:200], address, row["city"] or "Helsinki", "FI", row["lat"], row["lng"], "", row["opening_hours"], "")


KINDS = {"starbucks": _starbucks, "snap": _snap, "metro": _metro, "helsinki": _helsinki}


def convert(kind: str, source: Path, target: Path) -> int:
    """Write the import file; returns the number of rows."""
    rows = 0
    with target.open("w", encoding="utf-8", newline="") as outgoing:
        writer = csv.writer(outgoing, lineterminator="\n")
        writer.writerow(COLUMNS)
        for rows, row in enumerate(_rows(source), start=1):
            writer.writerow(KINDS[kind](row, rows))
    return rows


def _rows(source: Path) -> Iterator[dict[str, str]]:
    with gzip.open(source, "rt", encoding="utf-8", newline="") if source.suffix == ".gz" else source.open(encoding="utf-8", newline="") as incoming:
        yield from csv.DictReader(incoming)


if __name__ == "__main__":
    print(f"{convert(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))} rows")
