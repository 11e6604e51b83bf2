"""Locks of a transaction on things that have no row of their own to lock."""

from collections.abc import Iterable
from enum import IntEnum

from django.db import connection


class Scope(IntEnum):
    """What is locked by id. Take them in this order, and before rows of members, so that nobody deadlocks."""

    QUESTS = 1
    LEVELS = 2


def lock(scope: Scope, ids: Iterable[int]) -> None:
    """Hold the ids until the transaction ends; on SQLite the transaction itself excludes other writers."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock is held by a transaction")
    wanted = sorted(set(ids))
    if not wanted or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT pg_advisory_xact_lock((%s::bigint << 48) | id) FROM unnest(%s::bigint[]) AS wanted(id)) AS held",
            [int(scope), wanted],
        )
