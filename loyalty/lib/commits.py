"""Commits that don't wait for the disk, where a crash of the database server may forget what was done last. On SQLite they wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from loyalty.lib.rows import Query

_THIS_ONE = Query[Any]("SET LOCAL synchronous_commit TO off", prepared=False, server_only=True)
_ALL = Query[Any]("SET synchronous_commit TO off", prepared=False, server_only=True)
_AS_BEFORE = Query[Any]("RESET synchronous_commit", prepared=False, server_only=True)


def dont_wait_for_disk() -> None:
    """Let the commit of the running transaction not wait."""
    _THIS_ONE.ask().rows()


@contextmanager
def dont_wait_for_disk_within() -> Iterator[None]:
    """Let no commit within wait: a crash may forget those of the last half second."""
    _ALL.ask().rows()
    try:
        yield
    finally:
        if connection.is_usable():
            _AS_BEFORE.ask().rows()
