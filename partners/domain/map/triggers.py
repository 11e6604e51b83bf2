"""Triggers that note every change of outlets in MapVersion, on PostgreSQL and SQLite.

SQLite rebuilds a table (and silently drops its triggers) when a migration alters it, so they are installed again after
every migrate. Tokens are below 2⁴⁰: their sum over millions of partners stays a 64-bit number.
"""

from typing import Any

from django.db import connections

from loyalty.lib.rows import drop_trigger, make_noting_trigger, spelled, triggers
from partners.models import MapVersion, Outlet

_OUTLETS, _VERSIONS = Outlet._meta.db_table, MapVersion._meta.db_table
_SET = f"INSERT INTO {_VERSIONS} (partner_id, token) SELECT partner_id, :chance FROM ({{changed}}) changed"
_AGAIN = "ORDER BY partner_id ON CONFLICT (partner_id) DO UPDATE SET token = excluded.token"
_NOTE = f"{_SET} WHERE true {_AGAIN}"
# A column that no outlet shows on the map (a phone) may change without a new token, but telling them apart isn't worth it.
_NOTES = {
    "INSERT": _NOTE,
    "UPDATE": _NOTE,
    # An outlet that goes had a version; were one made here, it would be left behind when its partner goes as well.
    "DELETE": f"{_SET} WHERE partner_id IN (SELECT partner_id FROM {_VERSIONS}) {_AGAIN}",
}
_PREFIX = "map_version"


def install(alias: str = "default") -> None:
    """Create the triggers that are missing. Safe to call at any time."""
    database = connections[alias]
    missing = missing_triggers(alias)
    if not missing:
        return
    for event, note in _NOTES.items():
        if _name(event) in missing:
            # A disabled trigger counts as missing, so it may be there.
            drop_trigger(database, _name(event), _OUTLETS)
            make_noting_trigger(database, _name(event), _OUTLETS, event, "partner_id", note)
    with database.cursor() as cursor:
        # Whatever happened without them: every copy is out of date.
        cursor.execute(spelled(_NOTE.format(changed=f"SELECT DISTINCT partner_id FROM {_OUTLETS}"), database))


def missing_triggers(alias: str = "default") -> list[str]:
    """The names of triggers that are gone or disabled, where the table exists."""
    database = connections[alias]
    if {_OUTLETS, _VERSIONS} - set(database.introspection.table_names()):
        return []
    found = triggers(database, _PREFIX)
    return [name for name in map(_name, _NOTES) if name not in found]


def reinstall_after_migrate(**kwargs: Any) -> None:
    """post_migrate receiver: put back what a table rebuild dropped."""
    install(kwargs.get("using", "default"))


def _name(event: str) -> str:
    return f"{_PREFIX}_{event.lower()}"
