"""Statements written by hand for both databases, several in one round trip where the database can (PostgreSQL).

For the paths where every round trip counts; elsewhere Django's own queries read better. Parameters are named,
`:ids name` stands for “is one of the integers of the list `name`”, `:texts name` the same for texts, and `:lock`
for the clause that locks rows (on SQLite the transaction itself excludes other writers).
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Row = tuple[Any, ...]
_SETS = re.compile(r":(ids|texts) (\w+)")
_PLACEHOLDERS = re.compile(r"%(?:\((\w+)\)s|s|%)")
_ARRAYS = {"ids": "bigint[]", "texts": "text[]"}
# Their texts need no quotes in an array.
_BARE = {"bigint", "numeric", "boolean", "uuid"}
# How SQLite's stored values become Python's; PostgreSQL's driver knows the types.
_READERS: dict[str, Callable[[Any], Any]] = {
    # Plain columns come as naive datetimes already, expressions as text.
    "instant": lambda value: (value if isinstance(value, datetime) else datetime.fromisoformat(value)).replace(tzinfo=UTC),
    "uuid": UUID,
    "decimal": lambda value: Decimal(str(value)),
    "decimal3": lambda value: Decimal(str(value)).quantize(Decimal("0.001")),
    "json": json.loads,
}


@dataclass(slots=True, frozen=True)
class Statement:
    """SQL and, for a query, what its columns hold: a word each, `plain` for what needs no reading."""

    sql: str
    columns: str = ""

    def ask(self, **parameters: Any) -> "Asked":
        """This statement with its parameters."""
        return Asked(self, parameters)


@dataclass(slots=True, frozen=True)
class Asked:
    """A statement ready to be sent."""

    statement: Statement
    parameters: Mapping[str, Any]


def fetch(*asked: Asked) -> list[list[Row]]:
    """Run statements one after another, each seeing what was committed before it began; the rows of each.

    On PostgreSQL they travel together. Call it inside a transaction if they belong together.
    """
    if connection.vendor != "postgresql":
        return [_one_by_one(one) for one in asked]
    return [rows for rows, _count in send([(_postgres_text(one.statement.sql), _arrays(one)) for one in asked])]


def _arrays(one: Asked) -> dict[str, Any]:
    """The parameters, lists as PostgreSQL's arrays."""
    kinds = _sets_of(one.statement.sql)
    return {name: array(kinds[name], value) if name in kinds else value for name, value in one.parameters.items()}


def next_ids(*wanted: tuple[type[models.Model], int]) -> Asked:
    """Asks for new primary keys: columns `place` (in `wanted`) and `id`, ascending for each model.

    On SQLite they are free only until the transaction inserts or asks again.
    """
    names = [(model._meta.db_table, model._meta.pk.column) for model, _count in wanted]
    counts = {f"count{place}": count for place, (_model, count) in enumerate(wanted)}
    return Asked(Statement(_ids_text(connection.vendor, tuple(names))), counts)


class Compiled:
    """A queryset of value rows whose SQL is built once: what changes are its parameters, each a whole number, a text or an instant.

    Django takes longer to build a query of many columns than PostgreSQL to answer it. `build` is called with stand-ins
    first; a parameter must reach the SQL as it is.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]]) -> None:
        self._build = build
        self._known: dict[tuple[str, ...], _Built] = {}

    def rows(self, **values: int | str | datetime) -> list[Row]:
        """The rows with these parameters."""
        if connection.vendor != "postgresql":
            return list(self._build(**values))
        names = tuple(values)
        if names not in self._known:
            self._known[names] = self._compile(values)
        built = self._known[names]
        found, _count = send([(built.text, [values[one.name] if isinstance(one, _Slot) else one for one in built.parameters])])[0]
        return [built.read(row) for row in found] if built.converters else found

    def _compile(self, values: Mapping[str, int | str | datetime]) -> "_Built":
        stand_ins: dict[Any, str] = {}
        for place, (name, value) in enumerate(values.items()):
            stand_ins[_stand_in(value, place)] = name
        compiler = self._build(**{name: stand_in for stand_in, name in stand_ins.items()}).query.get_compiler(connection=connection)
        text, parameters = compiler.as_sql()
        found = [_Slot(stand_ins[one]) if one.__hash__ and one in stand_ins else one for one in parameters]
        if missing := set(values) - {one.name for one in found if isinstance(one, _Slot)}:
            raise RuntimeError(f"{', '.join(sorted(missing))} did not reach the SQL as they are")
        return _Built(text, found, compiler.get_converters([expression for expression, *_rest in compiler.select[: compiler.col_count]]))


def whole(model: type[models.Model], *, through: str = "") -> list[str]:
    """The names of all columns of a model, for `values_list`; `through` names the relation that leads to it."""
    return [f"{through}{field.attname}" for field in model._meta.concrete_fields]


def made[M: models.Model](model: type[M], row: Sequence[Any]) -> M:
    """The object that a row of its `whole` columns is."""
    return model.from_db(DEFAULT_DB_ALIAS, whole(model), row)


def _stand_in(value: int | str | datetime, place: int) -> int | str | datetime:
    """A value that no query has by itself: it marks where a parameter went."""
    if isinstance(value, str):
        return f"stand-in {place}"
    return 7_200_000_000_000_000_000 + place if isinstance(value, int) else datetime(1815, 6, 18, 0, 0, place, 815, tzinfo=UTC)


@dataclass(slots=True, frozen=True)
class _Slot:
    name: str


@dataclass(slots=True, frozen=True)
class _Built:
    text: str
    parameters: list[Any]
    # Place of a column → (Django's converters of its values, its expression).
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]

    def read(self, row: Row) -> Row:
        """A row as Django would give it."""
        values = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        return tuple(values)


def send(statements: Sequence[tuple[str, Any]]) -> list[tuple[list[Row], int]]:
    """(rows, row count) of each statement, in PostgreSQL's own dialect, sent together and prepared by their text.

    Where queries are logged or counted (tests of query counts) each goes through Django's cursor: counts are of statements, not of round trips.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.queries_logged:
        return [_through_django(text, parameters) for text, parameters in statements]
    database.ensure_connection()
    with database.wrap_database_errors:
        return _pipeline(database.connection, statements)


def array(kind: str, values: Iterable[Any]) -> str:
    """A PostgreSQL array as text, to be cast to `kind`[]. Much cheaper than the driver's own, which looks at every value's type."""
    if kind in _BARE:
        return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
    texts = ["NULL" if value is None else _quoted(str(value)) for value in values]
    return "{" + ",".join(texts) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _pipeline(link: Any, statements: Sequence[tuple[str, Any]]) -> list[tuple[list[Row], int]]:
    from psycopg import RawCursor
    from psycopg.adapt import PyFormat
    from psycopg.types.numeric import Int8Dumper

    if link.adapters.get_dumper(int, PyFormat.TEXT) is not Int8Dumper:
        # One type for every whole number, so that a statement is prepared once and not for each size of number. It stays on this
        # connection, for Django's own queries too.
        link.adapters.register_dumper(int, Int8Dumper)
    with link.pipeline() if len(statements) > 1 else contextlib.nullcontext():
        cursors = [RawCursor(link).execute(*_numbered(text, parameters)) for text, parameters in statements]
    return [(cursor.fetchall() if (result := cursor.pgresult) and result.nfields else [], cursor.rowcount) for cursor in cursors]


def _numbered(text: str, parameters: Any) -> tuple[str, Sequence[Any]]:
    """A statement with PostgreSQL's own placeholders. The driver would translate a long one anew each time."""
    numbered, names = _numbered_text(text)
    return numbered, [parameters[name] for name in names] if names else parameters or ()


@cache
def _numbered_text(text: str) -> tuple[str, tuple[str, ...]]:
    """(text with $1, $2, …, the name of each; none if they had no names)."""
    names: list[str] = []
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            count += 1
            return f"${count}"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return _PLACEHOLDERS.sub(number, text), tuple(names)


def _through_django(text: str, parameters: Any) -> tuple[list[Row], int]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return (cursor.fetchall() if cursor.description else []), cursor.rowcount


def _one_by_one(one: Asked) -> list[Row]:
    values = {name: _plain(value) for name, value in one.parameters.items()}
    readers = [_READERS.get(word) for word in one.statement.columns.split()]
    with connection.cursor() as cursor:
        cursor.execute(_sqlite_text(one.statement.sql), values)
        rows: list[Row] = cursor.fetchall()
    if not any(readers):
        return rows
    return [tuple(value if read is None or value is None else read(value) for read, value in zip(readers, row, strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, list | set | tuple):
        return json.dumps(list(value))
    return value


@cache
def _sets_of(sql: str) -> dict[str, str]:
    """List parameter → element type."""
    return {name: _ARRAYS[kind].removesuffix("[]") for kind, name in _SETS.findall(sql)}


@cache
def _postgres_text(sql: str) -> str:
    return _SETS.sub(lambda found: f"= ANY(%({found[2]})s::{_ARRAYS[found[1]]})", sql).replace(":lock", "FOR NO KEY UPDATE")


@cache
def _sqlite_text(sql: str) -> str:
    return _SETS.sub(lambda found: f"IN (SELECT value FROM json_each(%({found[2]})s))", sql).replace(":lock", "")


@cache
def _ids_text(vendor: str, names: tuple[tuple[str, str], ...]) -> str:
    if vendor == "postgresql":
        queries = [
            f"SELECT {place} AS place, nextval('{table}_{pk}_seq') AS id FROM generate_series(1, %(count{place})s)" for place, (table, pk) in enumerate(names)
        ]
    else:
        queries = [
            f"SELECT {place} AS place, coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) + 1 + n AS id "
            f"FROM (WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up LIMIT %(count{place})s) SELECT n FROM up WHERE n < %(count{place})s)"
            for place, (table, _pk) in enumerate(names)
        ]
    return " UNION ALL ".join(queries)
