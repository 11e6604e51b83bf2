"""Locks of a transaction on things that have no row of their own to lock."""

from collections.abc import Iterable
from enum import IntEnum

from django.db import connection

from loyalty.lib import sql
from loyalty.lib.sql import Asked, Statement

_LOCK = {
    "postgresql": Statement(
        "SELECT count(*) FROM (SELECT pg_advisory_xact_lock((%(scope)s::bigint << 48) | id) FROM unnest(%(ids)s::bigint[]) AS wanted(id)) AS held"
    ),
    # The transaction itself excludes other writers.
    "sqlite": Statement("SELECT 0"),
}


class Scope(IntEnum):
    """What is locked by id. Take them in this order, and before rows of members, so that nobody deadlocks."""

    QUESTS = 1
    LEVELS = 2


def lock(scope: Scope, ids: Iterable[int]) -> None:
    """Hold the ids until the transaction ends; on SQLite the transaction itself excludes other writers."""
    wanted = sorted(set(ids))
    if wanted:
        sql.fetch(ask_lock(scope, wanted))


def ask_lock(scope: Scope, ids: Iterable[int]) -> Asked:
    """The same as a statement, to be sent before those that read what it protects."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock is held by a transaction")
    if connection.vendor != "postgresql":
        return _LOCK["sqlite"].ask()
    return _LOCK["postgresql"].ask(scope=int(scope), ids=sql.array("bigint", sorted(set(ids))))
