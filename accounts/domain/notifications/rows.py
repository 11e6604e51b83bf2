"""Writing many messages in one statement, skipping those that are there already."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Message


class Row(NamedTuple):
    """What differs from message to message, in the order of the statement's columns. `rows` is JSON; texts are plain str."""

    event_key: str
    member_id: int
    category: str
    channel: str
    scenario: str
    text_version: int
    broadcast_id: int | None
    language: str
    title: str
    body: str
    rows: str
    button: str
    url: str
    state: str
    reason: str
    priority: int
    planned_at: datetime
    due_at: datetime
    in_digest: bool
    created_at: datetime
    delivered_at: datetime | None


_TYPES = {
    "member_id": "bigint",
    "text_version": "int",
    "broadcast_id": "bigint",
    "priority": "int",
    "in_digest": "boolean",
    **dict.fromkeys(("planned_at", "due_at", "created_at", "delivered_at"), "timestamptz"),
}
# What every fresh message has.
_FRESH = {"attempts": "0", "error": "''", "provider": "''", "provider_id": "''", "segments": "0", "cost": "0"}


def insert(rows: Sequence[Row]) -> None:
    """Write the messages; one of the same fact, member, category and channel stays as it is."""
    if not rows:
        return
    names = ", ".join([*(f'"{name}"' for name in Row._fields), *_FRESH])
    fresh = ", ".join(_FRESH.values())
    params: list[Any]
    if connection.vendor == "postgresql":
        columns = ", ".join(f"%s::{_TYPES.get(name, 'text')}[]" for name in Row._fields)
        outputs = ", ".join("c.rows::jsonb" if name == "rows" else f"c.{name}" for name in Row._fields)
        source = f"SELECT {outputs}, {fresh} FROM unnest({columns}) AS c({', '.join(Row._fields)})"
        params = [list(column) for column in zip(*rows, strict=True)]
    else:
        outputs = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(Row._fields)))
        # “WHERE true” tells SQLite's parser that ON CONFLICT isn't a join's.
        source = f"SELECT {outputs}, {fresh} FROM json_each(%s) WHERE true"
        params = [json.dumps([[_plain(value) for value in row] for row in rows])]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {Message._meta.db_table} ({names}) {source} ON CONFLICT DO NOTHING", params)


def _plain(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
