"""Many rows of models written in one statement, whatever the parameter limit, and the writes of several tables together."""

from collections.abc import Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import models

from loyalty.lib import rows as sql
from loyalty.lib import shapes

# Up to here rows travel as single values on PostgreSQL.
_FEW = 4


def insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, returning: bool = False) -> list[int]:
    """Insert rows (values in the order of the field names `columns`) in one statement.

    With `returning` the new primary keys come back in the order of the rows.
    """
    if not rows:
        return []
    text, values, *_rest = _insertion(model, columns, rows, name="given")
    returns = f" RETURNING {model._meta.pk.column}" if returning else ""
    found: list[int] = sql.run(sql.Ready(text + returns, values, itemgetter(0), prepared=False))
    return found


def insert_alike(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows that mostly say the same; those that would break a unique constraint are left out."""
    if rows:
        names, kinds = _columns(model, tuple(columns))
        sql.run(sql.insertion_of_alike(model._meta.db_table, names, kinds, rows))


class Batch:
    """Inserts and additions of different tables, sent together: one statement where the database can.

    None of them sees what another does (all steps of a WITH see the tables as before it), so no row is both inserted and added to.
    """

    def __init__(self) -> None:
        self._statements: list[sql.Ready] = []
        self._counts: list[int] = []

    def insert(self, model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows; values in the order of the field names `columns`."""
        if rows:
            self._statements.append(_insertion(model, columns, rows, name=self._name()))
            self._counts.append(len(rows))

    def add(self, model: type[models.Model], column: str, deltas: Mapping[int, int]) -> None:
        """Add to an integer column of the rows named by primary key. All of them must be there."""
        if pairs := sorted((pk, delta) for pk, delta in deltas.items() if delta):
            self._statements.append(sql.addition(model._meta.db_table, str(model._meta.pk.column), column, pairs, name=self._name()))
            self._counts.append(len(pairs))

    def run(self) -> None:
        """Send everything. Raises RuntimeError where a statement changed fewer or more rows than it names."""
        statements, named = self._statements, self._counts
        self._statements, self._counts = [], []
        if not statements:
            return
        counts = sql.write(statements)
        if counts != named:
            raise RuntimeError(f"rows vanished under lock: {counts} changed, {named} named")

    def _name(self) -> str:
        return f"given{len(self._statements)}"


def _insertion(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, name: str) -> sql.Ready:
    names, kinds = _columns(model, tuple(columns))
    # The names come from model metadata, never from input.
    return sql.insertion(model._meta.db_table, names, kinds, rows, name=name, few=_FEW)


@cache
def _columns(model: type[models.Model], names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(columns, their types) of fields."""
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    return tuple(field.column for field in fields), tuple(shapes.of_field(field) for field in fields)
