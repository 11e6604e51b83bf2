"""Reads and writes progress with its contributions, many at a time."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from loyalty.lib import bulk
from quests.domain.rules import Part, Window
from quests.models import Contribution, Progress

_COLUMNS = ("quest", "member", "window_start", "window_end", "taken_at", "value", "rounds", "last_key", "first_completed_at", "completed_at", "updated_at")
_CHANGING = {
    "value": "numeric",
    "rounds": "bigint",
    "last_key": "bigint",
    "first_completed_at": "timestamptz",
    "completed_at": "timestamptz",
    "updated_at": "timestamptz",
}
# Names a contribution in its progress: order, return, deed.
Source = tuple[int | None, int | None, int | None]


@dataclass(slots=True, eq=False)
class State:
    """A progress row with its contributions, as a run changes them."""

    quest_id: int
    member_id: int
    window: Window
    id: int | None = None
    taken_at: datetime | None = None
    value: Decimal = Decimal(0)
    rounds: int = 0
    last_key: int | None = None
    first_completed_at: datetime | None = None
    completed_at: datetime | None = None
    parts: dict[Source, Part] = field(default_factory=dict)
    ids: dict[Source, int] = field(default_factory=dict)
    added: list[Part] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    loaded: bool = False
    changed: bool = False
    # Whether there may be completions already.
    had_rounds: bool = False

    def replace(self, order_id: int | None, deed_id: int | None, parts: Sequence[Part]) -> None:
        """Let these be the contributions of a purchase or deed; what is the same already stays."""
        wanted = {(part.order_id, part.return_id, part.deed_id): part for part in parts}
        for source in [source for source in self.parts if source[0] == order_id and source[2] == deed_id]:
            if wanted.get(source) == self.parts[source]:
                del wanted[source]
            else:
                self.drop(source)
        for source, part in wanted.items():
            self.parts[source] = part
            self.added.append(part)
            self.changed = True

    def drop(self, source: Source) -> None:
        """Take a contribution out."""
        part = self.parts.pop(source)
        self.changed = True
        if source in self.ids:
            self.gone.append(self.ids.pop(source))
        else:
            self.added.remove(part)


def load(where: Q) -> list[State]:
    """Progress rows without their contributions."""
    rows = Progress.objects.filter(where).values_list(
        "pk", "quest_id", "member_id", "window_start", "window_end", "taken_at", "value", "rounds", "last_key", "first_completed_at", "completed_at"
    )
    return [
        State(quest_id, member_id, Window(start, end), pk, taken_at, value, rounds, last_key, first_at, completed_at, had_rounds=first_at is not None)
        for pk, quest_id, member_id, start, end, taken_at, value, rounds, last_key, first_at, completed_at in rows
    ]


def load_parts(states: Collection[State]) -> None:
    """Give loaded progress its contributions. One query."""
    by_id = {pk: state for state in states if (pk := state.id) is not None and not state.loaded}
    if by_id:
        rows = Contribution.objects.filter(progress_id__in=bulk.id_set(by_id))
        columns = ("progress_id", "pk", "order_id", "order_return_id", "deed_id", "occurred_at", "value", "key")
        for progress_id, pk, order_id, return_id, deed_id, at, value, key in rows.values_list(*columns):
            state = by_id[progress_id]
            source = (order_id, return_id, deed_id)
            state.parts[source] = Part(order_id, return_id, deed_id, at, value, key)
            state.ids[source] = pk
    for state in states:
        state.loaded = True


def write(states: Sequence[State], *, now: datetime) -> None:
    """Write what a run changed: at most four statements."""
    new = [state for state in states if state.id is None]
    ids = bulk.insert(Progress, _COLUMNS, [_row(state, now) for state in new], returning=True)
    for state, pk in zip(new, ids, strict=True):
        state.id = pk
    fresh = set(ids)
    _update([state for state in states if state.id not in fresh], now=now)
    gone = [pk for state in states for pk in state.gone]
    if gone:
        Contribution.objects.filter(pk__in=bulk.id_set(gone))._raw_delete("default")
    rows = [(state.id, part.order_id, part.return_id, part.deed_id, part.at, part.value, part.key) for state in states for part in state.added]
    bulk.insert(Contribution, ("progress", "order", "order_return", "deed", "occurred_at", "value", "key"), rows)


def _row(state: State, now: datetime) -> tuple[Any, ...]:
    return (
        state.quest_id,
        state.member_id,
        state.window.start,
        state.window.end,
        state.taken_at,
        state.value,
        state.rounds,
        state.last_key,
        state.first_completed_at,
        state.completed_at,
        now,
    )


def _update(states: Sequence[State], *, now: datetime) -> None:
    if not states:
        return
    rows = [(state.id, state.value, state.rounds, state.last_key, state.first_completed_at, state.completed_at, now) for state in states]
    sets = ", ".join(f"{name} = d.{name}" for name in _CHANGING)
    names = ", ".join(_CHANGING)
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *_CHANGING.values()))
        source = f"SELECT * FROM unnest({arrays}) AS given(id, {names})"
        params: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    else:
        outputs = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(("id", *_CHANGING)))
        source = f"SELECT {outputs} FROM json_each(%s)"
        params = [json.dumps([[_plain(value) for value in row] for row in rows])]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Progress._meta.db_table} SET {sets} FROM ({source}) AS d WHERE {Progress._meta.db_table}.id = d.id", params)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return str(value) if isinstance(value, Decimal) else value
