"""Triggers that make the ledger append-only in the database itself, on PostgreSQL and SQLite.

SQLite rebuilds a table (and silently drops its triggers) when a migration alters it, so they are
installed again after every migrate.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

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
    connection = connections[alias]
    present = set(connection.introspection.table_names())
    missing = set(missing_triggers(alias))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and missing:
            cursor.execute(
                """
                CREATE OR REPLACE FUNCTION zheton_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
                END $$
                """
            )
        for table, name, sql in _wanted(connection):
            if name in missing and table in present:
                # A disabled trigger counts as missing, so it may be there.
                cursor.execute(_drop(connection, table, name))
                cursor.execute(sql)


def remove_triggers(alias: str = "default") -> None:
    """Drop the triggers. For tests that must flush tables; nothing in the product calls it."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for table, name, _sql in _wanted(connection):
            cursor.execute(_drop(connection, table, name))


def missing_triggers(alias: str = "default") -> list[str]:
    """The names of triggers that are gone or disabled, for tables that exist. Empty means guarded."""
    connection = connections[alias]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE tgname LIKE %s AND tgenabled IN ('O', 'A') AND n.nspname = current_schema()",
                [f"{_PREFIX}%"],
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{_PREFIX}%"])
        found = {row[0] for row in cursor.fetchall()}
    return [name for table, name, _sql in _wanted(connection) if table in present and name not in found]


def reinstall_triggers_after_migrate(**kwargs: Any) -> None:
    """post_migrate receiver: put back what a table rebuild dropped."""
    install_triggers(kwargs.get("using", "default"))


def _drop(connection: BaseDatabaseWrapper, table: str, name: str) -> str:
    return f"DROP TRIGGER IF EXISTS {name} ON {table}" if connection.vendor == "postgresql" else f"DROP TRIGGER IF EXISTS {name}"


def _wanted(connection: BaseDatabaseWrapper) -> list[tuple[str, str, str]]:
    """(table, trigger name, SQL) of every trigger for this database."""
    wanted = []
    for table, free_columns in APPEND_ONLY.items():
        frozen = _frozen_columns(table, free_columns)
        update = f"UPDATE OF {', '.join(frozen)}" if free_columns else "UPDATE"
        for operation, event in [("update", update), ("delete", "DELETE")]:
            name = f"{_PREFIX}_{table}_{operation}"
            if connection.vendor == "postgresql":
                sql = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION zheton_append_only()"
            else:
                sql = f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only: {operation} refused'); END"
            wanted.append((table, name, sql))
        if connection.vendor == "postgresql":
            name = f"{_PREFIX}_{table}_truncate"
            wanted.append((table, name, f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION zheton_append_only()"))
    return wanted


def _frozen_columns(table: str, free_columns: tuple[str, ...]) -> list[str]:
    from loyalty import models

    model = next(m for m in vars(models).values() if getattr(getattr(m, "_meta", None), "db_table", None) == table)
    return [field.column for field in model._meta.concrete_fields if field.column not in free_columns]
