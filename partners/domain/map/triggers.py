"""Triggers that note every change of outlets in MapVersion, on PostgreSQL and SQLite.

SQLite rebuilds a table (and silently drops its triggers) when a migration alters it, so they are installed again after
every migrate. Tokens are below 2⁴⁰: their sum over millions of partners stays a 64-bit number.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from partners.models import MapVersion, Outlet

_OUTLETS, _VERSIONS = Outlet._meta.db_table, MapVersion._meta.db_table
_NOTE = "ON CONFLICT (partner_id) DO UPDATE SET token = excluded.token"
_EVENTS = {"insert": ("NEW",), "update": ("NEW", "OLD"), "delete": ("OLD",)}


def install(alias: str = "default") -> None:
    """Create the triggers that are missing. Safe to call at any time."""
    connection = connections[alias]
    missing = missing_triggers(alias)
    if not missing:
        return
    with connection.cursor() as cursor:
        for name in missing:
            for statement in _statements(connection, name):
                cursor.execute(statement)
        # Whatever happened without them: every copy is out of date.
        cursor.execute(
            f"INSERT INTO {_VERSIONS} (partner_id, token) SELECT partner_id, {_token(connection)} FROM (SELECT DISTINCT partner_id FROM {_OUTLETS}) o "
            f"WHERE true {_NOTE}"
        )


def missing_triggers(alias: str = "default") -> list[str]:
    """The names of triggers that are gone, where the table exists."""
    connection = connections[alias]
    if {_OUTLETS, _VERSIONS} - set(connection.introspection.table_names()):
        return []
    catalogue = "SELECT tgname FROM pg_trigger" if connection.vendor == "postgresql" else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        found = {row[0] for row in cursor.fetchall()}
    return [name for name in map(_name, _EVENTS) if name not in found]


def reinstall_after_migrate(**kwargs: Any) -> None:
    """post_migrate receiver: put back what a table rebuild dropped."""
    install(kwargs.get("using", "default"))


def _name(event: str) -> str:
    return f"map_version_{event}"


def _token(connection: BaseDatabaseWrapper) -> str:
    return "floor(random() * 1099511627776)::bigint" if connection.vendor == "postgresql" else "(random() & 1099511627775)"


def _statements(connection: BaseDatabaseWrapper, name: str) -> list[str]:
    event = name.rpartition("_")[2]
    sides = _EVENTS[event]
    if connection.vendor != "postgresql":
        # A column that no outlet shows on the map (a phone) may change without a new token, but telling them apart isn't worth it.
        bodies = "; ".join(f"INSERT INTO {_VERSIONS} (partner_id, token) VALUES ({side}.partner_id, {_token(connection)}) {_NOTE}" for side in sides)
        if event == "delete":
            # An outlet that goes had a version; were one made here, it would be left behind when its partner goes as well.
            bodies = f"UPDATE {_VERSIONS} SET token = {_token(connection)} WHERE partner_id = OLD.partner_id"
        return [f"CREATE TRIGGER {name} AFTER {event.upper()} ON {_OUTLETS} BEGIN {bodies}; END"]
    rows = " UNION ".join(f"SELECT DISTINCT partner_id FROM {side.lower()}_outlets" for side in sides)
    tables = " ".join(f"{side} TABLE AS {side.lower()}_outlets" for side in sides)
    return [
        f"""
        CREATE OR REPLACE FUNCTION zheton_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {_VERSIONS} (partner_id, token)
            SELECT partner_id, {_token(connection)} FROM ({rows}) changed ORDER BY partner_id {_NOTE};
            RETURN NULL;
        END $$
        """,
        f"CREATE TRIGGER {name} AFTER {event.upper()} ON {_OUTLETS} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION zheton_{name}()",
    ]
