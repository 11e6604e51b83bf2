"""Set-based statements for both databases: many rows in one statement, whatever the parameter limit.

`loyalty/lib/sql` is for statements written by hand, `id_set` and `text_set` are its `:ids` and `:texts` inside a queryset.
Rows travel as JSON on SQLite (Django allows 999 parameters a statement there) and as one array a column
on PostgreSQL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

from loyalty.lib import sql

# Up to here rows travel as single values on PostgreSQL: each number of rows is a statement of its own to prepare.
_FEW = 4


def id_set(ids: Iterable[int]) -> RawSQL:
    """A subquery of integers for `field__in=`, at the cost of one parameter."""
    values = list(ids)
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [values])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(values)])


def text_set(texts: Iterable[str]) -> RawSQL:
    """A subquery of texts for `field__in=`, at the cost of one parameter."""
    values = list(texts)
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::text[])", [values])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(values)])


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, returning: bool = False) -> list[int]:
    """Insert rows (values in the order of the field names `columns`) in one statement.

    With `returning` the new primary keys come back in the order of the rows.
    """
    if not rows:
        return []
    text, params = _insertion(model, columns, rows)
    with connection.cursor() as cursor:
        if not returning:
            cursor.execute(text, params)
            return []
        cursor.execute(f"{text} RETURNING {model._meta.pk.column}", params)
        return [row[0] for row in cursor.fetchall()]


class Batch:
    """Inserts and additions of different tables, sent together: one statement where the database can.

    None of them sees what another does (all steps of a WITH see the tables as before it), so no row is both inserted and added to.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, list[Any], int]] = []

    def insert(self, model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows; values in the order of the field names `columns`."""
        if rows:
            self._statements.append((*_insertion(model, columns, rows), len(rows)))

    def add(self, model: type[models.Model], column: str, deltas: Mapping[int, int]) -> None:
        """Add to an integer column of the rows named by primary key. All of them must be there."""
        if pairs := sorted((pk, delta) for pk, delta in deltas.items() if delta):
            self._statements.append((*_addition(model, column, pairs), len(pairs)))

    def run(self) -> None:
        """Send everything. Raises RuntimeError where a statement changed fewer or more rows than it names."""
        statements, self._statements = self._statements, []
        if not statements:
            return
        if connection.vendor == "postgresql":
            one = _together(tuple(text for text, _params, _rows in statements))
            counts = list(sql.send([(one, [value for _text, params, _rows in statements for value in params])])[0][0][0])
        else:
            counts = []
            with connection.cursor() as cursor:
                for text, params, _rows in statements:
                    cursor.execute(text, params)
                    counts.append(cursor.rowcount)
        if counts != [rows for _text, _params, rows in statements]:
            raise RuntimeError(f"rows vanished under lock: {counts} changed, {[rows for _text, _params, rows in statements]} named")


@cache
def _together(texts: tuple[str, ...]) -> str:
    """One PostgreSQL statement that does them all and yields how many rows each changed."""
    steps = ", ".join(f"step{place} AS ({text} RETURNING 1)" for place, text in enumerate(texts))
    return f"WITH {steps} SELECT " + ", ".join(f"(SELECT count(*) FROM step{place})" for place in range(len(texts)))


def _insertion(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    names, types = _shape(model, tuple(columns))
    source, params = _source(types, rows)
    # The names come from model metadata, never from input.
    return f"INSERT INTO {model._meta.db_table} ({names}) {source}", params


def _addition(model: type[models.Model], column: str, deltas: Sequence[tuple[int, int]]) -> tuple[str, list[Any]]:
    table, pk = model._meta.db_table, model._meta.pk.column
    if connection.vendor == "postgresql" and len(deltas) == 1:
        return f"UPDATE {table} SET {column} = {column} + %s WHERE {pk} = %s", [deltas[0][1], deltas[0][0]]
    source, params = _source(("bigint", "bigint"), deltas)
    names = "d(c0, c1)" if connection.vendor == "postgresql" else "d"
    return f"UPDATE {table} SET {column} = {column} + d.c1 FROM ({source}) AS {names} WHERE {table}.{pk} = d.c0", params


@cache
def _shape(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """(column list, array types) of fields."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    return ", ".join(field.column for field in fields), tuple(_array_type(field) for field in fields)


def _source(types: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A query that yields the rows as columns c0, c1, …, in their order."""
    if connection.vendor == "postgresql":
        if len(rows) <= _FEW:
            return _few(tuple(types), len(rows)), [_few_value(kind, value) for row in rows for kind, value in zip(types, row, strict=True)]
        arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in types)
        outputs = ", ".join(f"c{i}{'::jsonb' if kind == 'jsonb' else ''}" for i, kind in enumerate(types))
        names = ", ".join(f"c{i}" for i in range(len(types)))
        text = f"SELECT {outputs} FROM unnest({arrays}) WITH ORDINALITY AS source({names}, place) ORDER BY place"
        columns = [sql.array(kind, map(json.dumps, column) if kind == "jsonb" else column) for kind, column in zip(types, zip(*rows, strict=True), strict=True)]
        return text, columns
    outputs = ", ".join(f"json_extract(value, '$[{i}]') AS c{i}" for i in range(len(types)))
    text = f"SELECT {outputs} FROM json_each(%s) ORDER BY key"
    json_columns = {i for i, kind in enumerate(types) if kind == "jsonb"}
    prepared = [[json.dumps(value) if i in json_columns else _plain(value) for i, value in enumerate(row)] for row in rows]
    return text, [json.dumps(prepared)]


@cache
def _few(types: tuple[str, ...], count: int) -> str:
    """VALUES for a few rows: cheaper than arrays, and prepared by their number."""
    row = ", ".join(f"%s::{kind}" for kind in types)
    return "VALUES " + ", ".join([f"({row})"] * count)


def _few_value(kind: str, value: Any) -> Any:
    if kind == "jsonb":
        return json.dumps(value)
    return str(value) if kind == "text" and value is not None else value


def _array_type(field: Any) -> str:
    if isinstance(field, models.ForeignKey):
        return _array_type(field.target_field)
    for kinds, name in (
        ((models.JSONField,), "jsonb"),
        ((models.DateTimeField,), "timestamptz"),
        ((models.DecimalField,), "numeric"),
        ((models.UUIDField,), "uuid"),
        ((models.BooleanField,), "boolean"),
        ((models.CharField, models.TextField), "text"),
        ((models.IntegerField, models.AutoField), "bigint"),
    ):
        if isinstance(field, kinds):
            return name
    raise TypeError(f"no array type for {field!r}")


def _plain(value: Any) -> Any:
    """A value as Django's SQLite backend stores it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "hex") and hasattr(value, "int"):  # uuid.UUID
        return value.hex
    return value
