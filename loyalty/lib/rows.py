"""The one place that knows two SQL dialects, PostgreSQL's and SQLite's: named columns in, named rows out.

For the paths where every round trip counts, and for what only a database can do; elsewhere Django's own queries read better.
A `Query` is SQL with named parameters, `%(since)s`, and with words that are spelled here for the database at hand:

`:ids name`, `:texts name`  is one of the whole numbers, of the texts, of the list `name`
`:rows name`                the table `name` of the rows given as `name`; a NamedTuple says its columns
`:columns name`             the columns that make a row of the answer, of the table called `name`; with several models, those of the next
`:lock`, `:lock_free`       locks the rows found, or those of them that nobody else has locked (a transaction of SQLite excludes other writers)
`:instant`                  the type of an instant, to cast to
`:least`                    the least of its arguments
`:floor`                    a number of 0 or more, to be cast to a whole one, without its fraction
`:record`                   its arguments as one value, to be cast to text
`:join`                     texts of many rows as one: (text, separator)
`:digest`                   something that differs where texts differ
`:chance`                   a whole number below 2⁴⁰ by chance

On PostgreSQL queries travel together in one round trip, prepared by their text (postgres/pipeline.py).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, overload
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from loyalty.lib.postgres.arrays import array
from loyalty.lib.shapes import Shape, shape

# Word → (PostgreSQL's, SQLite's).
_WORDS = {
    "lock": ("FOR NO KEY UPDATE", ""),
    "lock_free": ("FOR NO KEY UPDATE SKIP LOCKED", ""),
    "instant": ("timestamptz", "text"),
    "least": ("LEAST", "MIN"),
    "floor": ("FLOOR", ""),
    "record": ("ROW", "json_array"),
    "join": ("string_agg", "group_concat"),
    "digest": ("md5", ""),
    "chance": ("floor(random() * 1099511627776)::bigint", "(random() & 1099511627775)"),
}
_WORD = re.compile(rf"(?<!:):(?:(ids|texts|rows|columns) (\w+)|({'|'.join(sorted(_WORDS, reverse=True))})\b)")
_ELEMENTS = {"ids": "bigint", "texts": "text"}
# How what SQLite keeps becomes Python's. PostgreSQL's driver does that, but for JSON, which Django tells it to leave alone.
_READERS: dict[str, Callable[[Any], Any]] = {
    # Plain columns come as naive datetimes already, expressions as text.
    "timestamptz": lambda value: (value if isinstance(value, datetime) else datetime.fromisoformat(value)).replace(tzinfo=UTC),
    "uuid": UUID,
    "numeric": lambda value: Decimal(str(value)),
    "jsonb": json.loads,
    "boolean": bool,
}
# A value of which there are no more than so many among many rows travels once.
_FEW_DIFFERENT = 32
type _Make = Callable[[Sequence[Any]], Any]


def _is_postgresql(database: BaseDatabaseWrapper | None = None) -> bool:
    return database.vendor == "postgresql" if database else _default_is_postgresql()


@cache
def _default_is_postgresql() -> bool:
    return _is_postgresql(connections[DEFAULT_DB_ALIAS])


def spelled(sql: str, database: BaseDatabaseWrapper | None = None) -> str:
    """A text with its words as the database has them, but for those that name parameters or columns."""
    return _WORD.sub(lambda found: _WORDS[found[3]][not _is_postgresql(database)], sql)


# --- Queries --------------------------------------------------------------------------------------


class Query[Row]:
    """SQL for both databases, and what a row of its answer is: a NamedTuple of its columns in their order, a model, or several.

    `given` are the NamedTuples of its `:rows`. Not `prepared`, PostgreSQL plans it each time, for its values, as suits mass statements.
    `server_only`: SQLite passes it over and has no rows for it; it is in PostgreSQL's own words, for what an embedded database
    need not do (its transaction excludes other writers) or can't.
    """

    def __init__(
        self,
        sql: str,
        row: type[Row] | tuple[type, ...] | Shape | None = None,
        *,
        prepared: bool = True,
        server_only: bool = False,
        **given: type[tuple[Any, ...]],
    ) -> None:
        self.sql, self._row, self._prepared, self._server_only, self._given_types = sql, row, prepared, server_only, given
        self._text: str | None = None

    def ask(self, **parameters: Any) -> "Ask[Row]":
        """This query with its parameters: lists for its sets, tuples in the order of their NamedTuple's columns for its rows."""
        return Ask(self, parameters)

    def ready(self, parameters: Mapping[str, Any]) -> "Ready":
        """In the dialect of the database at hand."""
        if self._text is None:
            self._prepare()
            assert self._text is not None
        values: dict[str, Any] = {}
        for name in self._single:
            value = parameters[name]
            values[name] = value.value if isinstance(value, Enum) else value if self._arrays else _plain(value)
        for name, element in self._sets:
            values[name] = array(element, parameters[name]) if self._arrays else json.dumps(list(parameters[name]))
        for name, one in self._given:
            values.update(_given(name, one.columns, one.kinds, parameters[name]))
        return Ready(self._text, values, self._make, self._prepared)

    def _prepare(self) -> None:
        """What doesn't depend on parameters; when it is first asked, as models are complete then."""
        answer = shape(self._row) if self._row else None
        given = {name: shape(one) for name, one in self._given_types.items()}
        parts = iter(answer.parts if answer else ())

        def word(found: re.Match[str]) -> str:
            kind, name, plain = found.groups()
            if kind == "columns":
                assert answer is not None
                return ", ".join(f'{name}."{column}"' for column in answer.columns[next(parts)])
            if kind == "rows":
                return _table(name, given[name].columns, given[name].kinds)
            if kind:
                return f"= ANY(%({name})s::{_ELEMENTS[kind]}[])" if _is_postgresql() else f"IN (SELECT value FROM json_each(%({name})s))"
            return _WORDS[plain][not _is_postgresql()]

        self._arrays = _is_postgresql()
        self._given = tuple(given.items())
        self._single = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", self.sql)))
        self._sets = tuple({name: _ELEMENTS[kind] for kind, name, _plain_word in _WORD.findall(self.sql) if kind in _ELEMENTS}.items())
        self._make = _maker(answer) if answer else tuple
        self._text = "" if self._server_only and not _is_postgresql() else _WORD.sub(word, self.sql)


class Ask[Row](NamedTuple):
    """A query with its parameters."""

    query: Query[Row]
    parameters: Mapping[str, Any]

    def rows(self) -> list[Row]:
        """Send it alone."""
        found: list[Row] = fetch(self)[0]
        return found


class Ready(NamedTuple):
    """A text in the dialect of the database with its values, and what makes a row of its answer. An empty one is nothing to do."""

    text: str
    values: Mapping[str, Any]
    make: _Make = tuple
    prepared: bool = True


@overload
def fetch[A](one: Ask[A], /) -> tuple[list[A]]: ...
@overload
def fetch[A, B](one: Ask[A], two: Ask[B], /) -> tuple[list[A], list[B]]: ...
@overload
def fetch(*asks: Ask[Any]) -> Sequence[list[Any]]: ...
def fetch(*asks: Ask[Any]) -> Sequence[list[Any]]:
    """Run queries one after another, each seeing what was committed before it began; the rows of each.

    On PostgreSQL they travel together. Call it inside a transaction if they belong together.
    """
    return [rows for rows, _count in _send([query.ready(parameters) for query, parameters in asks])]


def run(statement: Ready) -> list[Any]:
    """Run a statement alone; the rows of its answer."""
    return _send([statement])[0][0]


def write(statements: Sequence[Ready]) -> list[int]:
    """Run writes of different tables, their values named differently; how many rows each changed.

    None of them sees what another does: on PostgreSQL they are one statement, all of whose steps see the tables as before it.
    """
    if not _is_postgresql():
        return [count for _rows, count in _send(statements)]
    values = {name: value for one in statements for name, value in one.values.items()}
    [([counts], _count)] = _send([Ready(_together(tuple(one.text for one in statements)), values)])
    return list(counts)


@cache
def _together(texts: tuple[str, ...]) -> str:
    steps = ", ".join(f"step{place} AS ({text} RETURNING 1)" for place, text in enumerate(texts))
    return f"WITH {steps} SELECT " + ", ".join(f"(SELECT count(*) FROM step{place})" for place in range(len(texts)))


def _send(statements: Sequence[Ready]) -> list[tuple[list[Any], int]]:
    """(rows, row count) of each. Where queries are logged or counted each goes through Django's cursor: counts are of statements, not of round trips."""
    database = connections[DEFAULT_DB_ALIAS]
    if not _is_postgresql() or database.queries_logged or not all(one.prepared for one in statements):
        return [_through_django(database, one) for one in statements]
    from loyalty.lib.postgres import pipeline

    database.ensure_connection()
    with database.wrap_database_errors:
        return pipeline.send(database.connection, [(one.text, one.values, one.make) for one in statements])


def _through_django(database: BaseDatabaseWrapper, one: Ready) -> tuple[list[Any], int]:
    if not one.text:
        return [], 0
    with database.cursor() as cursor:
        cursor.execute(one.text, one.values)
        return ([one.make(row) for row in cursor.fetchall()] if cursor.description else []), cursor.rowcount


@cache
def _maker(answer: Shape) -> _Make:
    """What makes a row of what the database gives."""
    kinds = [kind for kind in answer.kinds if kind == "jsonb" or not _is_postgresql()]
    if not any(_bare(kind) in _READERS for kind in kinds):
        return answer.make
    readers = [_reader(kind) if kind == "jsonb" or not _is_postgresql() else None for kind in answer.kinds]

    def make(values: Sequence[Any]) -> Any:
        return answer.make([value if read is None or value is None else read(value) for read, value in zip(readers, values, strict=True)])

    return make


def _reader(kind: str) -> Callable[[Any], Any] | None:
    if places := re.fullmatch(r"numeric\(\d+,(\d+)\)", kind):
        step = Decimal(1).scaleb(-int(places[1]))
        return lambda value: Decimal(str(value)).quantize(step)
    return _READERS.get(kind)


# --- Rows as parameters ---------------------------------------------------------------------------


def insertion(into: str, columns: tuple[str, ...], kinds: tuple[str, ...], rows: Sequence[Sequence[Any]], *, name: str = "given", few: int = 0) -> Ready:
    """An INSERT of rows in their order; `name` sets its values apart from others'.

    Up to `few` rows travel as single values: cheaper, but each number of rows is a text of its own.
    """
    if len(rows) <= few and _is_postgresql():
        cells = [_single(kind, value) for row in rows for kind, value in zip(kinds, row, strict=True)]
        return Ready(_of_cells(into, columns, kinds, len(rows), name), dict(zip(_cells(name, len(cells)), cells, strict=True)))
    return Ready(_in_order(into, columns, kinds, name), _given(name, columns, kinds, rows))


def insertion_of_alike(into: str, columns: tuple[str, ...], kinds: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Ready:
    """An INSERT of many rows that mostly say the same, but for those that are there already.

    On PostgreSQL a value that all of them share travels once, and where there are a few different ones the rows say which: to
    quote and read each of a hundred thousand texts takes longer than to store them.
    """
    names = ", ".join(columns)
    if not _is_postgresql():
        # “WHERE true” shows SQLite's parser that ON CONFLICT isn't a join's.
        text = f"INSERT INTO {into} ({names}) SELECT {names} FROM {_table('given', columns, kinds)} WHERE true ON CONFLICT DO NOTHING"
        return Ready(text, _given("given", columns, kinds, rows))
    outputs, arrays, values = list[str](), dict[str, str](), dict[str, Any]()
    for column, kind, cells in zip(columns, map(_bare, kinds), zip(*rows, strict=True), strict=True):
        encoded = [_single(kind, cell) for cell in cells]
        different = dict.fromkeys(encoded)
        # JSON is text by now.
        listed = "text" if kind == "jsonb" else kind
        if len(different) == 1:
            values[column] = encoded[0]
            outputs.append(f"%({column})s::{kind}")
        elif len(different) <= _FEW_DIFFERENT:
            place = {value: number for number, value in enumerate(different, 1)}
            values |= {column: array(listed, different), f"{column}__place": array("bigint", [place[value] for value in encoded])}
            arrays[column] = f"%({column}__place)s::bigint[]"
            outputs.append(f"(%({column})s::{kind}[])[given.{column}]")
        else:
            values[column] = array(listed, encoded)
            arrays[column] = f"%({column})s::{kind}[]"
            outputs.append(f"given.{column}")
    source = f"unnest({', '.join(arrays.values())}) AS given({', '.join(arrays)})" if arrays else f"generate_series(1, {len(rows)})"
    return Ready(f"INSERT INTO {into} ({names}) SELECT {', '.join(outputs)} FROM {source} ON CONFLICT DO NOTHING", values, prepared=False)


def addition(to: str, key: str, column: str, deltas: Sequence[tuple[int, int]], *, name: str = "given") -> Ready:
    """An UPDATE that adds to a column; (key, what to add) of each row."""
    if len(deltas) == 1 and _is_postgresql():
        [(pk, delta)] = deltas
        return Ready(f"UPDATE {to} SET {column} = {column} + %({name}_delta)s WHERE {key} = %({name}_key)s", {f"{name}_key": pk, f"{name}_delta": delta})
    columns, kinds = ("key", "delta"), ("bigint", "bigint")
    text = f"UPDATE {to} SET {column} = {column} + {name}.delta FROM {_table(name, columns, kinds)} WHERE {to}.{key} = {name}.key"
    return Ready(text, _given(name, columns, kinds, deltas))


@cache
def _table(name: str, columns: tuple[str, ...], kinds: tuple[str, ...], *, places: bool = False) -> str:
    """Given rows as a table; with `places` it has a column of that name, by which they are in their order."""
    if _is_postgresql():
        arrays = ", ".join(f"%({name}__{place})s::{_bare(kind)}[]" for place, kind in enumerate(kinds))
        return f"unnest({arrays}){' WITH ORDINALITY' if places else ''} AS {name}({', '.join([*columns, *(['places'] if places else [])])})"
    outputs = [f"json_extract(value, '$[{place}]') AS {column}" for place, column in enumerate(columns)]
    return f"(SELECT {', '.join([*outputs, *(['key AS places'] if places else [])])} FROM json_each(%({name})s)) AS {name}"


def _given(name: str, columns: Sequence[str], kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The values of `_table`."""
    if _is_postgresql():
        cells = zip(*rows, strict=True) if rows else ((),) * len(columns)
        return {f"{name}__{place}": array(_bare(kind), one) for place, (kind, one) in enumerate(zip(kinds, cells, strict=True))}
    return {name: json.dumps([[json.dumps(value) if kind == "jsonb" else _plain(value) for kind, value in zip(kinds, row, strict=True)] for row in rows])}


@cache
def _in_order(into: str, columns: tuple[str, ...], kinds: tuple[str, ...], name: str) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {into} ({names}) SELECT {names} FROM {_table(name, columns, kinds, places=True)} ORDER BY places"


@cache
def _of_cells(into: str, columns: tuple[str, ...], kinds: tuple[str, ...], count: int, name: str) -> str:
    cells = iter(_cells(name, count * len(kinds)))
    rows = [", ".join(f"%({next(cells)})s::{_bare(kind)}" for kind in kinds) for _row in range(count)]
    return f"INSERT INTO {into} ({', '.join(columns)}) VALUES " + ", ".join(f"({row})" for row in rows)


@cache
def _cells(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}_{place}" for place in range(count))


@cache
def _bare(kind: str) -> str:
    return kind.partition("(")[0]


def _single(kind: str, value: Any) -> Any:
    """A value as PostgreSQL's driver takes it."""
    if kind == "jsonb":
        return json.dumps(value)
    return str(value) if kind == "text" and value is not None else value


def _plain(value: Any) -> Any:
    """A value as Django's SQLite backend stores it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.hex if isinstance(value, UUID) else value


# --- Inside Django's queries ----------------------------------------------------------------------


def id_set(ids: Iterable[int]) -> RawSQL:
    """A subquery of whole numbers for `field__in=`, at the cost of one parameter."""
    return _set("bigint", list(ids))


def text_set(texts: Iterable[str]) -> RawSQL:
    """A subquery of texts for `field__in=`, at the cost of one parameter."""
    return _set("text", list(texts))


def uuid_set(uuids: Iterable[UUID]) -> RawSQL:
    """A subquery of UUIDs for `field__in=`, at the cost of one parameter."""
    return _set("uuid", list(uuids))


def _set(kind: str, values: Sequence[Any]) -> RawSQL:
    if _is_postgresql():
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [array(kind, values)])  # noqa: S611  (the kinds are those above)
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps([_plain(value) for value in values])])


def is_one_of(column: str, ids: Iterable[int]) -> RawSQL:
    """A condition for `filter`: a column, named with its table, is one of many numbers.

    No subquery on PostgreSQL: a planner that knows a growing table as small loops over all of it.
    """
    text, value = ("= ANY(%s::bigint[])", array("bigint", ids)) if _is_postgresql() else ("IN (SELECT value FROM json_each(%s))", json.dumps(list(ids)))
    return RawSQL(f"{column} {text}", [value], output_field=BooleanField())  # noqa: S611  (the column is code)


# --- New keys -------------------------------------------------------------------------------------


class NewId(NamedTuple):
    """A primary key that is free. `place`: for which of the models asked about."""

    place: int
    id: int


def next_ids(*wanted: tuple[type[models.Model], int, int]) -> Ask[NewId]:
    """Asks for new primary keys, ascending for each (model, how many, how many this transaction has asked for and not yet used).

    On SQLite they are free only until the transaction inserts.
    """
    names = tuple((model._meta.db_table, model._meta.pk.column) for model, _count, _taken in wanted)
    parameters = {f"{word}{place}": number for place, (_model, *numbers) in enumerate(wanted) for word, number in zip(("count", "taken"), numbers, strict=True)}
    return _next_ids(names).ask(**parameters)


@cache
def _next_ids(names: tuple[tuple[str, str], ...]) -> Query[NewId]:
    if _is_postgresql():
        queries = [
            f"SELECT {place} AS place, nextval('{table}_{pk}_seq') AS id FROM generate_series(1, %(count{place})s)" for place, (table, pk) in enumerate(names)
        ]
    else:
        queries = [
            f"SELECT {place} AS place, coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) + %(taken{place})s + 1 + n AS id "
            f"FROM (WITH RECURSIVE up(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM up LIMIT %(count{place})s) SELECT n FROM up WHERE n < %(count{place})s)"
            for place, (table, _pk) in enumerate(names)
        ]
    return Query(" UNION ALL ".join(queries), NewId)


# --- Triggers -------------------------------------------------------------------------------------


def triggers(database: BaseDatabaseWrapper, prefix: str) -> set[str]:
    """The names of the triggers that begin so and aren't disabled."""
    text = (
        "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE tgname LIKE %s AND tgenabled IN ('O', 'A') AND n.nspname = current_schema()"
    )
    with database.cursor() as cursor:
        cursor.execute(text if _is_postgresql(database) else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{prefix}%"])
        return {name for (name,) in cursor.fetchall()}


def drop_trigger(database: BaseDatabaseWrapper, name: str, table: str) -> None:
    """Drop a trigger if it is there."""
    with database.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if _is_postgresql(database) else ""))


def can_truncate(database: BaseDatabaseWrapper) -> bool:
    """Whether a table may be emptied without deleting its rows."""
    return _is_postgresql(database)


def can_leave_room(database: BaseDatabaseWrapper) -> bool:
    """Whether tables of this database can leave a part of each page free (fillfactor)."""
    return _is_postgresql(database)


def make_refusing_trigger(database: BaseDatabaseWrapper, name: str, table: str, event: str, why: str) -> None:
    """Make a trigger that refuses an event (DELETE, UPDATE OF …, TRUNCATE) of a table."""
    with database.cursor() as cursor:
        if not _is_postgresql(database):
            cursor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END")
            return
        cursor.execute(
            "CREATE OR REPLACE FUNCTION zheton_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
        )
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        cursor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION zheton_refuse('{why}')")


def make_noting_trigger(database: BaseDatabaseWrapper, name: str, table: str, event: str, column: str, note: str) -> None:
    """Make a trigger that runs the statement `note` after INSERT, UPDATE or DELETE: `{changed}` in it are the different values of a column of the rows
    that changed, before and after, in a column of that name. Once a statement on PostgreSQL, once a row on SQLite.
    """
    sides = {"INSERT": ("NEW",), "UPDATE": ("NEW", "OLD"), "DELETE": ("OLD",)}[event]
    with database.cursor() as cursor:
        if not _is_postgresql(database):
            changed = " UNION ".join(f"SELECT {side}.{column} AS {column}" for side in sides)
            cursor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {spelled(note.format(changed=changed), database)}; END")
            return
        changed = " UNION ".join(f"SELECT DISTINCT {column} FROM {side.lower()}_rows" for side in sides)
        body = spelled(note.format(changed=changed), database)
        cursor.execute(f"CREATE OR REPLACE FUNCTION zheton_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$")
        tables = " ".join(f"{side} TABLE AS {side.lower()}_rows" for side in sides)
        cursor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION zheton_{name}()")
