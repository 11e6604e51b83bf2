"""Tables as downloads: CSV streams row by row, XLSX is written through a file; neither holds the whole table in memory."""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile
from typing import Any

from django.db import models
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook

from loyalty.lib.tables import Cell, csv_chunks, safe

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet ends at row 1 048 576.
_ROWS_A_SHEET = 1_000_000


class Kind(models.TextChoices):
    """The files that a table can be had as; the value is the file's ending."""

    CSV = "csv", _("CSV")
    XLSX = "xlsx", _("Excel")


def download(kind: str, *, name: str, header: Sequence[Any], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The table as an attachment `name`.csv or .xlsx. Texts that begin like a formula get an apostrophe before them.

    `rows` are read while the answer is being sent, so they may hold no lazy texts of the request's language.
    """
    table = _with_header([str(title) for title in header], rows)
    if kind == Kind.CSV:
        response = StreamingHttpResponse(csv_chunks(table), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    # The response closes the file, and closing deletes it.
    file = TemporaryFile()  # noqa: SIM115
    _write(table, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)


def _with_header(header: Sequence[Cell], rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield header
    yield from rows


def _write(table: Iterable[Sequence[Cell]], file: Any) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number, row in enumerate(table, start=1):
        if number % _ROWS_A_SHEET == 0:
            sheet = book.create_sheet()
        sheet.append([safe(cell) for cell in row])
    book.save(file)
