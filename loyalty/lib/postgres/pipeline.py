"""Statements sent to PostgreSQL together, in one round trip, and prepared by their text."""

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, RawCursor
from psycopg.adapt import AdaptersMap
from psycopg.types.numeric import Int8Dumper

_PLACEHOLDERS = re.compile(r"%(?:\((\w+)\)s|%)")
_adapters: WeakKeyDictionary[Connection[Any], AdaptersMap] = WeakKeyDictionary()


class _Cursor(RawCursor[Any]):
    """Sends every whole number as one type, so that a statement is prepared once and not for each size of number."""

    @property
    def adapters(self) -> AdaptersMap:
        """The connection's, but for whole numbers; the connection itself stays as Django made it."""
        found = _adapters.get(self.connection)
        if found is None:
            found = _adapters[self.connection] = AdaptersMap(self.connection.adapters)
            found.register_dumper(int, Int8Dumper)
        return found


def send(link: Connection[Any], statements: Sequence[tuple[str, Mapping[str, Any], Callable[[Sequence[Any]], Any]]]) -> list[tuple[list[Any], int]]:
    """(rows, row count) of each (text, values, what makes a row). Placeholders are named, as in %(since)s; %% is a percent sign."""
    with link.pipeline() if len(statements) > 1 else contextlib.nullcontext():
        cursors = [_run(link, *statement) for statement in statements]
    return [(cursor.fetchall() if (result := cursor.pgresult) and result.nfields else [], cursor.rowcount) for cursor in cursors]


def _run(link: Connection[Any], text: str, values: Mapping[str, Any], make: Callable[[Sequence[Any]], Any]) -> _Cursor:
    numbered, names = _numbered(text)
    return _Cursor(link, row_factory=lambda _cursor: make).execute(numbered, [values[name] for name in names])


@cache
def _numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """(the text with PostgreSQL's own placeholders $1, $2, …, the name of each). The driver would translate a long one again each time."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _PLACEHOLDERS.sub(number, text), tuple(names)
