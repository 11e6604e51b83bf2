"""Reads and writes progress with its contributions, many at a time, by statements written by hand."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from loyalty.lib.batch import insert
from loyalty.lib.rows import Query, fetch, id_set
from quests.domain.evaluate import Counted, Result
from quests.domain.rules import PlannedContribution, Window
from quests.models import Contribution, Progress

_WORKED_OUT = ("value", "rounds", "last_key", "round_keys", "first_completed_at", "completed_at", "in_order_to")
_COLUMNS = ("quest", "member", "window_start", "window_end", *_WORKED_OUT, "updated_at")
# Names a contribution in its progress: order, return, deed.
Source = tuple[int | None, int | None, int | None]


class ProgressLookup(NamedTuple):
    """Which progress a purchase counts in: the one whose window begins between two instants and holds the later one."""

    quest_id: int
    member_id: int
    earliest: datetime
    latest: datetime


class ProgressRow(NamedTuple):
    """A progress without its contributions."""

    id: int
    quest_id: int
    member_id: int
    window_start: datetime
    window_end: datetime | None
    value: Decimal
    rounds: int
    last_key: int | None
    round_keys: str
    first_completed_at: datetime | None
    completed_at: datetime | None
    in_order_to: datetime | None


class _Changed(NamedTuple):
    id: int
    value: Decimal
    rounds: int
    last_key: int | None
    round_keys: str
    first_completed_at: datetime | None
    completed_at: datetime | None
    in_order_to: datetime | None
    updated_at: datetime


class _Added(NamedTuple):
    progress_id: int
    order_id: int | None
    order_return_id: int | None
    deed_id: int | None
    occurred_at: datetime
    value: Decimal
    key: str


_FIND = Query(
    "SELECT :columns progress FROM :rows asked "
    "JOIN quests_progress progress ON progress.member_id = asked.member_id AND progress.quest_id = asked.quest_id "
    "AND progress.window_start BETWEEN asked.earliest AND asked.latest AND (progress.window_end IS NULL OR progress.window_end > asked.latest)",
    ProgressRow,
    asked=ProgressLookup,
)
_UPDATE = Query[Any](
    f"UPDATE quests_progress SET {', '.join(f'{name} = changed.{name}' for name in _Changed._fields[1:])} "
    "FROM :rows changed WHERE quests_progress.id = changed.id",
    changed=_Changed,
)
_ADD = Query[Any](f"INSERT INTO quests_contribution ({', '.join(_Added._fields)}) SELECT {', '.join(_Added._fields)} FROM :rows added", added=_Added)


@dataclass(slots=True, eq=False)
class State:
    """A progress row with its contributions, as a run changes them.

    `in_order_to`: so far contributions came in the order of their dates and nothing was taken back, up to this instant.
    `contributions` are those read (`loaded`) and those of this run.
    """

    quest_id: int
    member_id: int
    window: Window
    id: int | None = None
    value: Decimal = Decimal(0)
    rounds: int = 0
    last_key: int | None = None
    round_keys: str = ""
    first_completed_at: datetime | None = None
    completed_at: datetime | None = None
    in_order_to: datetime | None = None
    contributions: dict[Source, PlannedContribution] = field(default_factory=dict)
    ids: dict[Source, int] = field(default_factory=dict)
    added: list[PlannedContribution] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    loaded: bool = False
    changed: bool = False
    # Whether there may be completions already.
    had_rounds: bool = False

    def add(self, contributions: Iterable[PlannedContribution]) -> None:
        """Add contributions that are known to be new, to a progress whose others needn't be read."""
        self.added.extend(contributions)
        self.changed = True

    def replace(self, order_id: int | None, deed_id: int | None, contributions: Sequence[PlannedContribution]) -> None:
        """Let these be the contributions of a purchase or deed; what is the same already stays."""
        wanted = {(planned.order_id, planned.return_id, planned.deed_id): planned for planned in contributions}
        for source in [source for source in self.contributions if source[0] == order_id and source[2] == deed_id]:
            if wanted.get(source) == self.contributions[source]:
                del wanted[source]
            else:
                self.drop(source)
        for source, planned in wanted.items():
            self.contributions[source] = planned
            self.added.append(planned)
            self.changed = True

    def drop(self, source: Source) -> None:
        """Take a contribution out."""
        planned = self.contributions.pop(source)
        self.changed = True
        if source in self.ids:
            self.gone.append(self.ids.pop(source))
        else:
            self.added.remove(planned)

    def keys(self) -> set[str]:
        """The different keys of the round that runs, where those are counted."""
        return set(json.loads(self.round_keys)) if self.round_keys else set()

    def counted(self) -> list[Counted]:
        """The contributions as they are judged."""
        return [Counted(planned.at, (planned.order_id or 0, planned.deed_id or 0), planned.value, planned.key) for planned in self.contributions.values()]

    def note(self, result: Result, *, in_order_to: datetime | None) -> None:
        """Take over what its contributions were judged to be."""
        self.value, self.rounds, self.last_key = result.value, result.rounds, result.last_key
        self.round_keys = json.dumps(result.keys) if result.keys else ""
        self.in_order_to = in_order_to
        first = min((one.since for one in result.stretches), default=None)
        last = max((one.since for one in result.stretches if one.until is None), default=None)
        if result.only_new:
            first, last = self.first_completed_at or first, last or self.completed_at
        self.first_completed_at, self.completed_at = first, last

    def worked_out(self) -> tuple[Any, ...]:
        """The columns that follow from contributions."""
        return (self.value, self.rounds, self.last_key, self.round_keys, self.first_completed_at, self.completed_at, self.in_order_to)


def find(lookups: Collection[ProgressLookup]) -> list[State]:
    """The progress that is looked up, without contributions. One query."""
    return _states(_FIND.ask(asked=list(lookups)).rows()) if lookups else []


def load(where: Q) -> list[State]:
    """Progress rows without their contributions."""
    return _states(ProgressRow(*row) for row in Progress.objects.filter(where).values_list(*ProgressRow._fields))


def _states(rows: Iterable[ProgressRow]) -> list[State]:
    return [
        State(quest_id, member_id, Window(start, end), pk, value, rounds, last_key, keys, first_at, completed_at, in_order_to, had_rounds=first_at is not None)
        for pk, quest_id, member_id, start, end, value, rounds, last_key, keys, first_at, completed_at, in_order_to in rows
    ]


def load_contributions(states: Collection[State]) -> None:
    """Give loaded progress its contributions. One query."""
    by_id = {pk: state for state in states if (pk := state.id) is not None and not state.loaded}
    if by_id:
        rows = Contribution.objects.filter(progress_id__in=id_set(by_id))
        columns = ("progress_id", "pk", "order_id", "order_return_id", "deed_id", "occurred_at", "value", "key")
        for progress_id, pk, order_id, return_id, deed_id, at, value, key in rows.values_list(*columns):
            state = by_id[progress_id]
            source = (order_id, return_id, deed_id)
            state.contributions[source] = PlannedContribution(order_id, return_id, deed_id, at, value, key)
            state.ids[source] = pk
    for state in states:
        state.loaded = True


def write(states: Sequence[State], *, now: datetime) -> None:
    """Write what a run changed: at most four statements."""
    new = [state for state in states if state.id is None]
    rows = [(state.quest_id, state.member_id, state.window.start, state.window.end, *state.worked_out(), now) for state in new]
    changed = [(state.id, *state.worked_out(), now) for state in states if state.id is not None]
    for state, pk in zip(new, insert(Progress, _COLUMNS, rows, returning=True), strict=True):
        state.id = pk
    if gone := [pk for state in states for pk in state.gone]:
        Contribution.objects.filter(pk__in=id_set(gone))._raw_delete("default")
    added = [
        (state.id, planned.order_id, planned.return_id, planned.deed_id, planned.at, planned.value, planned.key) for state in states for planned in state.added
    ]
    fetch(*([_UPDATE.ask(changed=changed)] if changed else []), *([_ADD.ask(added=added)] if added else []))
