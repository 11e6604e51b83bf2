"""Triggers that make the ledger append-only in the database itself, on PostgreSQL and SQLite.

SQLite rebuilds a table (and silently drops its triggers) when a migration alters it, so they are
installed again after every migrate.
"""

from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from loyalty import models
from loyalty.lib.rows import can_truncate, drop_trigger, make_refusing_trigger, triggers

# Table → the columns that may change; everything else of these tables is written once.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "loyalty_entry": (),
    "loyalty_allocation": (),
    "loyalty_event": (),
    "loyalty_lot": ("remaining", "is_open"),
    "loyalty_debt": ("remaining",),
    "loyalty_tokenentry": (),
    "loyalty_leveloverride": (),
    "loyalty_levelhistory": ("superseded_at", "announced_at", "warned_at", "seen_at"),
}
_PREFIX = "append_only"


def install_triggers(alias: str = "default") -> None:
    """Create the triggers that are missing. Safe to call at any time."""
    database = connections[alias]
    present = set(database.introspection.table_names())
    missing = set(missing_triggers(alias))
    for one in _wanted(database):
        if one.name in missing and one.table in present:
            # A disabled trigger counts as missing, so it may be there.
            drop_trigger(database, one.name, one.table)
            make_refusing_trigger(database, one.name, one.table, one.event, f"{one.table} is append-only: {one.operation} refused")


def remove_triggers(alias: str = "default") -> None:
    """Drop the triggers. For tests that must flush tables; nothing in the product calls it."""
    database = connections[alias]
    for one in _wanted(database):
        drop_trigger(database, one.name, one.table)


def missing_triggers(alias: str = "default") -> list[str]:
    """The names of triggers that are gone or disabled, for tables that exist. Empty means guarded."""
    database = connections[alias]
    present = set(database.introspection.table_names())
    found = triggers(database, _PREFIX)
    return [one.name for one in _wanted(database) if one.table in present and one.name not in found]


def reinstall_triggers_after_migrate(**kwargs: Any) -> None:
    """post_migrate receiver: put back what a table rebuild dropped."""
    install_triggers(kwargs.get("using", "default"))


class _Trigger(NamedTuple):
    table: str
    operation: str
    event: str

    @property
    def name(self) -> str:
        return f"{_PREFIX}_{self.table}_{self.operation}"


def _wanted(database: BaseDatabaseWrapper) -> list[_Trigger]:
    """Every trigger for this database."""
    wanted = []
    for table, free_columns in APPEND_ONLY.items():
        update = f"UPDATE OF {', '.join(_frozen_columns(table, free_columns))}" if free_columns else "UPDATE"
        wanted += [_Trigger(table, "update", update), _Trigger(table, "delete", "DELETE")]
        if can_truncate(database):
            wanted.append(_Trigger(table, "truncate", "TRUNCATE"))
    return wanted


def _frozen_columns(table: str, free_columns: tuple[str, ...]) -> list[str]:
    model = next(m for m in vars(models).values() if getattr(getattr(m, "_meta", None), "db_table", None) == table)
    return [field.column for field in model._meta.concrete_fields if field.column not in free_columns]
