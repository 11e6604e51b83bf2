"""Files of rows that others send: read to their end or not at all, and given back with reasons."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from loyalty.lib.errors import DomainError

REASON = "reason"  # the column that a rejects file adds; ignored when the file is fed back


class Tail(io.TextIOBase):
    """A text stream that remembers whether the file ended with a newline."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.ends_with_newline = True

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        for text in self._stream:
            self.ends_with_newline = text.endswith(("\n", "\r"))
            yield text


@contextmanager
def readable(path: Path) -> Iterator[Tail]:
    """The text of a file, any failure to read it to its end put into one sentence."""
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.suffix == ".gz" else path.open(encoding="utf-8-sig", newline="") as stream:
            yield Tail(stream)
    except FileNotFoundError:
        raise DomainError("bad_file", f"There is no file {path}.") from None
    except IsADirectoryError:
        raise DomainError("bad_file", f"{path} is a folder, not a file.") from None
    except PermissionError:
        raise DomainError("bad_file", f"{path} may not be read.") from None
    except EOFError:
        raise DomainError("bad_file", f"{path.name} is cut off: its compressed data end too early. Nothing was loaded; get the whole file.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DomainError("bad_file", f"{path.name} is not a sound gzip file ({error}). Nothing was loaded.") from None
    except UnicodeDecodeError as error:
        raise DomainError("bad_file", f"{path.name} is not UTF-8 (byte {error.object[error.start]:#04x}). Nothing was loaded; save it as UTF-8.") from None
    except csv.Error as error:
        raise DomainError("bad_file", f"{path.name} is not sound CSV ({error}): it may be cut off inside a quoted text. Nothing was loaded.") from None


def check_header(header: list[str], path: Path, *, required: Sequence[str]) -> None:
    """Raise DomainError bad_file for a first row that lacks a column or names one twice."""
    if not header:
        raise DomainError("bad_file", f"{path.name} is empty: the first row must name the columns {', '.join(required)}.")
    if missing := [name for name in required if name not in header]:
        found = ", ".join(header)[:200]
        raise DomainError("bad_file", f"{path.name} lacks the column {', '.join(missing)}; its first row is: {found}. Columns are separated by commas.")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise DomainError("bad_file", f"{path.name} names the column {', '.join(twice)} twice.")


def raw_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file that was read before, with their places; the header is place 0."""
    with readable(path) as stream:
        yield from ((place, row) for place, row in enumerate(csv.reader(stream, strict=True)) if row)


def write_rejects(source: Path, target: Path, rejected: Mapping[int, str]) -> None:
    """The rejected rows as they stood, with the reason in a last column; the file appears whole or not at all.

    Nothing gets an apostrophe here: it is fed back when it is mended.
    """
    partial = target.with_name(target.name + ".part")
    with partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")  # noqa: TID251
        header: list[str] = []
        width = 0
        for place, row in raw_rows(source):
            if place == 0:
                # A rejects file that is fed back has the column already; the new reason takes the old one's place.
                header = row
                width = len(row) - (row[-1].strip().lower() == REASON)
                writer.writerow([*row[:width], REASON])
            elif place in rejected:
                # What is beyond the header's columns may be the value that a comma pushed there: it is kept.
                kept = row if len(row) > len(header) else row[:width]
                writer.writerow([*kept, *[""] * (width - len(kept)), rejected[place]])
    partial.replace(target)
