"""Writing many messages in one statement, skipping those that are there already."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Message
from loyalty.lib import sql


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
    "rows": "jsonb",
    "priority": "int",
    "in_digest": "boolean",
    **dict.fromkeys(("planned_at", "due_at", "created_at", "delivered_at"), "timestamptz"),
}
# What every fresh message has.
_FRESH = {"attempts": "0", "error": "''", "provider": "''", "provider_id": "''", "segments": "0", "cost": "0"}
# Up to so many different values of a column travel once each, and the rows as places among them.
_FEW = 32


def insert(rows: Sequence[Row]) -> None:
    """Write the messages; one of the same fact, member, category and channel stays as it is."""
    if not rows:
        return
    names = ", ".join([*(f'"{name}"' for name in Row._fields), *_FRESH])
    source, params = _of_arrays(rows) if connection.vendor == "postgresql" else _of_json(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {Message._meta.db_table} ({names}) {source} ON CONFLICT DO NOTHING", params)


def _of_arrays(rows: Sequence[Row]) -> tuple[str, list[Any]]:
    """Rows as one array a column. Most columns of a broadcast say the same in all rows, or one of a few things: a driver that has to
    quote each of a hundred thousand texts takes longer than the database to store them."""
    outputs, given, columns, names = [], [], [], []
    arrays: list[Any] = []
    for name, values in zip(Row._fields, zip(*rows, strict=True), strict=True):
        kind = _TYPES.get(name, "text")
        different = list(dict.fromkeys(values))
        if len(different) == 1 and name != "member_id":
            outputs.append(f"%s::{kind}")
            given.append(different[0])
            continue
        names.append(name)
        if len(different) <= _FEW and name != "member_id":
            place = {value: number for number, value in enumerate(different, 1)}
            outputs.append(f"(%s::{kind}[])[c.{name}]")
            given.append(different)
            columns.append("%s::bigint[]")
            arrays.append(sql.array("bigint", [place[value] for value in values]))
        else:
            outputs.append(f"c.{name}")
            columns.append(f"%s::{kind}[]")
            arrays.append(sql.array("bigint", values) if name == "member_id" else list(values))
    text = f"SELECT {', '.join([*outputs, *_FRESH.values()])} FROM unnest({', '.join(columns)}) AS c({', '.join(names)})"
    return text, [*given, *arrays]


def _of_json(rows: Sequence[Row]) -> tuple[str, list[Any]]:
    outputs = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(Row._fields)))
    # “WHERE true” tells SQLite's parser that ON CONFLICT isn't a join's.
    text = f"SELECT {outputs}, {', '.join(_FRESH.values())} FROM json_each(%s) WHERE true"
    return text, [json.dumps([[_plain(value) for value in row] for row in rows])]


def _plain(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
