"""Tables as files: CSV a row at a time, and cells that no spreadsheet takes for a formula."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

# As csv, but no writer of ours can forget the apostrophe. It lets pass what `safe` knows besides, and Excel files are not its business.
from defusedcsv import csv

Cell = str | int | float | Decimal | date | datetime | None

# What spreadsheets read as the beginning of a formula; a tab or a line break before it doesn't stop them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"


def safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it; numbers and dates as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_typed(text: str) -> str:
    """A text that got an apostrophe on its way into a file, as it was: our own files can be read again."""
    bare = text.removeprefix("'")
    if bare == text:
        return text
    # What defusedcsv alone takes for a formula, and how it writes it.
    if bare.startswith(("\\|", "%")):
        return bare.replace("\\|", "|")
    return bare if bare.startswith(_FORMULA) else text


def csv_chunks(rows: Iterable[Sequence[Cell]], *, rows_at_once: int = 200) -> Iterator[str]:
    """The rows as CSV (commas, CRLF, a byte order mark so that spreadsheets read UTF-8), some rows at a time."""
    buffer = io.StringIO()
    buffer.write(_BOM)
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe(cell) for cell in row])
        if number % rows_at_once == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
