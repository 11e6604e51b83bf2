"""Statements over rows given as parameters: an array a column on PostgreSQL, JSON on SQLite."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from loyalty.lib import sql
from loyalty.lib.sql import Asked, Statement


class OverRows:
    """A statement whose text names a query over the rows as `{rows}`. `kinds`: their columns with PostgreSQL's types."""

    def __init__(self, text: str, columns: str = "", **kinds: str) -> None:
        self._kinds = tuple(kinds.values())
        arrays = ", ".join(f"%(c{place})s::{kind}[]" for place, kind in enumerate(self._kinds))
        outputs = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(kinds))
        self._statements = {
            "postgresql": Statement(text.format(rows=f"SELECT * FROM unnest({arrays}) AS given({', '.join(kinds)})"), columns),
            "sqlite": Statement(text.format(rows=f"SELECT {outputs} FROM json_each(%(rows)s)"), columns),
        }

    def ask(self, rows: Sequence[Sequence[Any]]) -> Asked:
        """The statement with these rows; at least one."""
        statement = self._statements[connection.vendor]
        if connection.vendor == "postgresql":
            return statement.ask(**{f"c{place}": _array(self._kinds[place], column) for place, column in enumerate(zip(*rows, strict=True))})
        return statement.ask(rows=json.dumps([_plain(row) for row in rows]))


def _array(kind: str, values: Iterable[Any]) -> str:
    if kind == "timestamptz":
        # Nothing in them needs quotes.
        return "{" + ",".join(["NULL" if value is None else value.isoformat() for value in values]) + "}"
    return sql.array(kind, values)


def _plain(row: Iterable[Any]) -> list[Any]:
    """A row as SQLite stores it."""
    return [
        connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else str(value) if isinstance(value, Decimal) else value for value in row
    ]
