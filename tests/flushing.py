"""How tests that really commit leave tables behind: empty, but for what migrating puts into them, and guarded by the append-only triggers."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.management import CommandError
from django.core.management.commands import flush
from django.db import OperationalError, connections, transaction

from loyalty.domain import ledger

# Copies of the tables that aren't empty after migrating, by database: content types, permissions, roles, scenarios.
_kept: dict[str, list[str]] = {}
_COPY = "kept_{}"


def empty(command: flush.Command, handle: Callable[..., None], **options: Any) -> None:
    """Django's flush (`handle`) with the triggers lifted, and the cache emptied too.

    What migrating puts into tables is worked out once and copied back from then on, under the same keys.
    """
    alias = options["database"]
    _against_open_transactions(alias, lambda: ledger.remove_triggers(alias))
    try:
        if alias not in _kept:
            _against_open_transactions(alias, lambda: handle(command, **options))
            _kept[alias] = _keep(alias)
        else:
            _against_open_transactions(alias, lambda: handle(command, **options | {"inhibit_post_migrate": True}))
            _put_back(alias)
        cache.clear()
    finally:
        ledger.install_triggers(alias)


def _keep(alias: str) -> list[str]:
    """Copy the tables that have rows; gives their names."""
    link, kept = connections[alias], []
    with link.cursor() as cursor:
        for table in link.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
            if cursor.fetchone():
                cursor.execute(f"DROP TABLE IF EXISTS {_COPY.format(table)}")
                cursor.execute(f"CREATE TABLE {_COPY.format(table)} AS SELECT * FROM {table}")
                kept.append(table)
    return kept


def _put_back(alias: str) -> None:
    # In one transaction, at whose end foreign keys are checked.
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for table in _kept[alias]:
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {_COPY.format(table)}")


def _against_open_transactions(alias: str, action: Callable[[], object]) -> None:
    """Do it; where locks forbid it, end the transactions that a failed test left open, and do it then."""
    try:
        action()
    except (OperationalError, CommandError):
        if connections[alias].vendor != "postgresql":
            raise
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
        action()
