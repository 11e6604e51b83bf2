"""What rows are made of: NamedTuples and models as columns, each with PostgreSQL's word for its type.

A NamedTuple says its columns by its annotations: int, str, datetime, Decimal, bool, UUID, each with `| None` where it may be missing,
and `Annotated[…, "a PostgreSQL type"]` where that isn't enough. A model says them by its fields.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models

# Money and percentages as the models keep them.
Money = Annotated[Decimal, "numeric(14,2)"]
Percent = Annotated[Decimal, "numeric(6,3)"]
_OF_PYTHON = {int: "bigint", str: "text", datetime: "timestamptz", Decimal: "numeric", bool: "boolean", UUID: "uuid", float: "float8", list[int]: "bigint[]"}
_OF_FIELDS: tuple[tuple[type[Any], str], ...] = (
    (models.JSONField, "jsonb"),
    (models.DateTimeField, "timestamptz"),
    (models.DateField, "date"),
    (models.UUIDField, "uuid"),
    (models.BooleanField, "boolean"),
    (models.FloatField, "float8"),
    (models.IntegerField, "bigint"),
    (models.CharField, "text"),
    (models.TextField, "text"),
    (models.FileField, "text"),
)
type Maker = Callable[[Sequence[Any]], Any]


class Shape(NamedTuple):
    """Columns: their names, their types, and what makes a row of their values. `parts`: where each of several models begins and ends."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    make: Maker
    parts: tuple[slice, ...]


def shape(row: type | tuple[type, ...] | Shape) -> Shape:
    """The shape of a NamedTuple, of a model, or of several models side by side (then a row is a tuple of objects)."""
    known: Any = row
    return row if isinstance(row, Shape) else _shape(known)


@cache
def _shape(row: Any) -> Shape:
    if isinstance(row, tuple):
        found = [shape(one) for one in row]
        ends = [sum(len(one.columns) for one in found[: place + 1]) for place in range(len(found))]
        parts = tuple(slice(end - len(one.columns), end) for one, end in zip(found, ends, strict=True))

        def make(values: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(one.make(values[part]) for one, part in zip(found, parts, strict=True))

        return Shape(sum((one.columns for one in found), ()), sum((one.kinds for one in found), ()), make, parts)
    if issubclass(row, models.Model):
        return _of_model(row)
    hints = get_type_hints(row, include_extras=True)
    return Shape(tuple(hints), tuple(_kind(hint) for hint in hints.values()), row._make, (slice(len(hints)),))


def of_field(field: Any) -> str:
    """PostgreSQL's word for what a field of a model holds."""
    if isinstance(field, models.ForeignKey):
        return of_field(field.target_field)
    if isinstance(field, models.DecimalField):
        return f"numeric({field.max_digits},{field.decimal_places})"
    for kind, word in _OF_FIELDS:
        if isinstance(field, kind):
            return word
    raise TypeError(f"rows know no type for {field!r}")


def _of_model(model: type[models.Model]) -> Shape:
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]

    def make(values: Sequence[Any]) -> models.Model:
        return model.from_db(DEFAULT_DB_ALIAS, names, values)

    return Shape(tuple(str(field.column) for field in fields), tuple(of_field(field) for field in fields), make, (slice(len(fields)),))


def _kind(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    if hint in _OF_PYTHON:
        return _OF_PYTHON[hint]
    one = [part for part in get_args(hint) if part is not NoneType]
    if len(one) == 1 and NoneType in get_args(hint):
        return _kind(one[0])
    raise TypeError(f"rows know no type for {hint!r}")
