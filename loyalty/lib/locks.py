"""Locks of a transaction on things that have no row of their own to lock."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

from django.db import connection

from loyalty.lib.rows import Ask, Query


class _Number(NamedTuple):
    number: int


class _Held(NamedTuple):
    is_held: bool


class _Writer(NamedTuple):
    transaction: str


_HOLD = Query[Any]("SELECT count(*) FROM (SELECT pg_advisory_xact_lock(number) FROM :rows wanted) AS held", wanted=_Number, server_only=True)
_TRY_HOLD = Query("SELECT pg_try_advisory_xact_lock(hashtext(%(name)s), %(number)s::int)", _Held, prepared=False, server_only=True)
_WRITERS = Query(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = %(table)s::regclass AND mode = 'RowExclusiveLock' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid IS DISTINCT FROM pg_backend_pid()",
    _Writer,
    prepared=False,
    server_only=True,
)


class Scope(IntEnum):
    """What is locked by id. Take them in this order, and before rows of members, so that nobody deadlocks."""

    QUESTS = 1
    LEVELS = 2
    CAPS = 3


def lock(scope: Scope, ids: Iterable[int]) -> None:
    """Hold the ids until the transaction ends; on SQLite the transaction itself excludes other writers."""
    wanted = set(ids)
    if wanted:
        ask_lock(scope, wanted).rows()


def ask_lock(scope: Scope, ids: Iterable[int]) -> Ask[Any]:
    """The same as a query, to be sent before those that read what it protects."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock is held by a transaction")
    return _HOLD.ask(wanted=[(scope << 48 | one,) for one in sorted(set(ids))])


def try_lock(name: str, number: int) -> bool:
    """Hold a name and a number until the transaction ends, unless somebody else does."""
    return all(one.is_held for one in _TRY_HOLD.ask(name=name, number=number).rows())


def wait_for_writers(table: str) -> None:
    """Let everybody finish who is writing to a table, and nobody begin until this transaction ends. SQLite has one writer at a time anyway."""
    Query[Any](f"LOCK TABLE {table} IN EXCLUSIVE MODE", prepared=False, server_only=True).ask().rows()


def other_writers(table: str) -> set[str]:
    """Other transactions that have written, or are about to write, to a table (virtual ids, prepared ones too)."""
    return {one.transaction for one in _WRITERS.ask(table=table).rows()}
