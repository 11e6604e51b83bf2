"""Set-based statements for both databases: many rows in one statement, whatever the parameter limit.

Rows travel as JSON on SQLite (Django allows 999 parameters a statement there) and as one array a column
on PostgreSQL.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL


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
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    source, params = _source([_array_type(field) for field in fields], rows)
    names = ", ".join(field.column for field in fields)
    # The names come from model metadata, never from input.
    sql = f"INSERT INTO {model._meta.db_table} ({names}) {source}"
    with connection.cursor() as cursor:
        if not returning:
            cursor.execute(sql, params)
            return []
        cursor.execute(f"{sql} RETURNING {model._meta.pk.column}", params)
        return [row[0] for row in cursor.fetchall()]


def add(model: type[models.Model], column: str, deltas: Sequence[tuple[int, int]]) -> int:
    """Add a delta to an integer column of the rows named by primary key. Returns how many rows changed."""
    if not deltas:
        return 0
    table, pk = model._meta.db_table, model._meta.pk.column
    source, params = _source(["bigint", "bigint"], deltas)
    names = "d(c0, c1)" if connection.vendor == "postgresql" else "d"
    sql = f"UPDATE {table} SET {column} = {column} + d.c1 FROM ({source}) AS {names} WHERE {table}.{pk} = d.c0"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _source(types: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """A SELECT that yields the rows as columns c0, c1, …, in their order."""
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in types)
        outputs = ", ".join(f"c{i}{'::jsonb' if kind == 'jsonb' else ''}" for i, kind in enumerate(types))
        names = ", ".join(f"c{i}" for i in range(len(types)))
        sql = f"SELECT {outputs} FROM unnest({arrays}) WITH ORDINALITY AS source({names}, place) ORDER BY place"
        columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
        for i, kind in enumerate(types):
            if kind == "jsonb":
                columns[i] = [json.dumps(value) for value in columns[i]]
        return sql, columns
    outputs = ", ".join(f"json_extract(value, '$[{i}]') AS c{i}" for i in range(len(types)))
    sql = f"SELECT {outputs} FROM json_each(%s) ORDER BY key"
    json_columns = {i for i, kind in enumerate(types) if kind == "jsonb"}
    prepared = [[json.dumps(value) if i in json_columns else _plain(value) for i, value in enumerate(row)] for row in rows]
    return sql, [json.dumps(prepared)]


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
