"""Events are the spine: consumers read what has committed, each event with exactly one effect in the database.

Posting writes the Event row and nothing else. A sweep cuts the ids that have appeared since into ranges
(Backlog), and any number of workers claim ranges by SKIP LOCKED; a range is removed in the transaction
that holds its effects, so a crash loses nothing and doubles nothing. Ids commit out of order: an id that is
not there yet stays in the backlog until no transaction that could still commit it is running. A consumer that locks
members has a long backlog cut into lanes by member, so that its workers don't wait for one another.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import F, FloatField, Max, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, Mod
from django.utils.translation import gettext_noop

from loyalty.enums import DeadLetterState, EventKind
from loyalty.lib.batch import Batch
from loyalty.lib.commits import dont_wait_for_disk
from loyalty.lib.errors import DomainError
from loyalty.lib.locks import other_writers, try_lock
from loyalty.models import Backlog, ConsumerMark, DeadLetter, Event

logger = structlog.get_logger(__name__)

# Ids a range, and ranges cut at a time. One range is one transaction of a consumer.
RANGE = 500
RANGES_AT_ONCE = 40
# What an event that failed waits before each further attempt; after the last it is a dead letter.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
# A range that killed its worker this often is taken apart; a single event that did is a dead letter.
MOST_STARTS = 4
_ERROR_LENGTH = 500


# Kind, member id, occurred_at, payload.
News = tuple[EventKind, int | None, datetime, Mapping[str, object]]


class Handler(Protocol):
    """What a consumer does with events, in the order of their ids, inside the sweep's transaction. Must not do slow I/O."""

    def __call__(self, events: Sequence[Event], *, now: datetime) -> None: ...


@dataclass(slots=True, frozen=True)
class Consumer:
    """A registered consumer. `kinds`: what it wants to see; empty means every kind. `lanes`: into how many a long backlog is cut."""

    name: str
    handle: Handler
    kinds: frozenset[EventKind]
    lanes: int = 1

    def wants(self, event: Event) -> bool:
        return not self.kinds or event.kind in self.kinds


@dataclass(slots=True)
class Swept:
    """What a sweep did: events handed over, those that failed, and whether it stopped with work left."""

    handled: int = 0
    failed: int = 0
    work_left: bool = False


@dataclass(slots=True)
class _Sight:
    """What a sweep has seen of a consumer's backlog: ranges that must wait, and lanes in which another worker is."""

    waiting: set[int] = field(default_factory=set)
    busy: set[int] = field(default_factory=set)
    # Whether a range was handled since the lanes were last looked at.
    moved: bool = False


@dataclass(slots=True)
class _Turn:
    """One claimed range: what was read of it. `missing` are ids without a visible event."""

    claim: Backlog
    events: list[Event]
    missing: list[int] = field(default_factory=list)
    awaits: list[str] = field(default_factory=list)


_consumers: dict[str, Consumer] = {}
_wake: list[Callable[[], None]] = []


def consumer(name: str, *, kinds: Iterable[EventKind] = (), lanes: int = 1) -> Callable[[Handler], Handler]:
    """Register a handler under a stable name: its mark in the database. Renaming it starts it again at the first event.

    `lanes` is for handlers that lock members: in a long backlog, so many workers can be at work without waiting for each other.
    """

    def register(handle: Handler) -> Handler:
        _consumers[name] = Consumer(name, handle, frozenset(kinds), lanes)
        return handle

    return register


def unregister(name: str) -> None:
    """Forget a consumer in this process (tests); its mark stays in the database."""
    _consumers.pop(name, None)


def names() -> list[str]:
    """The registered consumers."""
    return sorted(_consumers)


def wake_with(call: Callable[[], None]) -> None:
    """Say how sweeps are made prompt. The edge knows the broker; the domain doesn't."""
    _wake[:] = [call]


def announce() -> None:
    """Once the running transaction has committed, wake the sweep. Never fails a posting: the next beat finds what was missed."""
    for call in _wake:
        transaction.on_commit(call, robust=True)


def record(rows: Sequence[News], *, now: datetime, batch: Batch | None = None) -> None:
    """Write events (kind, member id, occurred_at, payload) in the transaction of their facts, and announce them.

    With `batch` they are written when it is run.
    """
    if not rows:
        return
    mine = batch or Batch()
    mine.insert(Event, ("kind", "member", "occurred_at", "created_at", "payload"), [(kind, member, at, now, data) for kind, member, at, data in rows])
    if batch is None:
        mine.run()
    announce()


def sweep(*, now: datetime, only: str | None = None, keep_on: Callable[[], bool] = lambda: True) -> Swept:
    """Hand every committed event to each consumer (or to `only` one), a range each in turn, until none is left.

    `keep_on` is asked between ranges; once it says no, the rest is left to the next sweep. Several sweeps
    may run at once. Raises DomainError unknown_consumer.
    """
    done = Swept()
    turns = {one.name: one for one in ([_registered(only)] if only else _consumers.values())}
    sights = {name: _Sight() for name in turns}
    while turns:
        for one in list(turns.values()):
            if not keep_on():
                done.work_left = True
                return done
            if not _step(one, done, sights[one.name], now=now) and not _plan(one, now=now):
                del turns[one.name]
    return done


def behind(name: str) -> int:
    """How many event ids a consumer has yet to look at, those that wait for another attempt included."""
    mark = ConsumerMark.objects.filter(pk=name).values_list("planned_to", flat=True).first() or 0
    ahead = max(0, (Event.objects.aggregate(last=Max("pk"))["last"] or 0) - mark)
    ids = Cast(F("last_id") - F("first_id") + 1, FloatField()) / F("lanes")
    return ahead + math.ceil(Backlog.objects.filter(consumer=name).aggregate(ids=Sum(ids))["ids"] or 0)


def retry(dead_letter_id: int, *, now: datetime) -> None:
    """Put a dead letter back into its consumer's backlog, with all its attempts before it.

    Raises DomainError: unknown_dead_letter, dead_letter_settled, unknown_consumer.
    """
    with transaction.atomic():
        letter = _settle_letter(dead_letter_id, DeadLetterState.RETRIED, now=now)
        _registered(letter.consumer)
        Backlog.objects.create(consumer_id=letter.consumer, first_id=letter.event_id, last_id=letter.event_id, due_at=now)
        announce()


def dismiss(dead_letter_id: int, *, now: datetime) -> None:
    """Set a dead letter aside: its consumer never sees the event again. Raises DomainError: unknown_dead_letter, dead_letter_settled."""
    with transaction.atomic():
        _settle_letter(dead_letter_id, DeadLetterState.DISMISSED, now=now)


def _registered(name: str) -> Consumer:
    if name not in _consumers:
        raise DomainError("unknown_consumer", f"No consumer is called “{name}”.")
    return _consumers[name]


def _settle_letter(dead_letter_id: int, state: DeadLetterState, *, now: datetime) -> DeadLetter:
    letter = DeadLetter.objects.filter(pk=dead_letter_id).first()
    if letter is None:
        raise DomainError("unknown_dead_letter", "There is no such dead letter.")
    if not DeadLetter.objects.filter(pk=letter.pk, state=DeadLetterState.OPEN).update(state=state, settled_at=now):
        raise DomainError("dead_letter_settled", gettext_noop("The dead letter has been settled already."))
    return letter


def _plan(one: Consumer, *, now: datetime) -> bool:
    """Cut the ids that have appeared since the last plan into ranges. False: there are none."""
    mark, _created = ConsumerMark.objects.get_or_create(name=one.name)
    last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    upto = min(last, mark.planned_to + RANGE * RANGES_AT_ONCE)
    if upto <= mark.planned_to:
        return False
    lanes = one.lanes if upto - mark.planned_to > RANGE else 1
    with transaction.atomic():
        dont_wait_for_disk()
        if ConsumerMark.objects.filter(pk=one.name, planned_to=mark.planned_to).update(planned_to=upto):
            Backlog.objects.bulk_create(
                Backlog(consumer=mark, first_id=first, last_id=min(first + RANGE * lanes - 1, upto), due_at=now, lane=lane, lanes=lanes)
                for first in range(mark.planned_to + 1, upto + 1, RANGE * lanes)
                for lane in range(lanes)
            )
    return True


def _step(one: Consumer, done: Swept, sight: _Sight, *, now: datetime) -> bool:
    """Claim one due range and handle it, in one transaction. False: there is none."""
    pk = _begin(one, sight, now=now)
    if pk is None:
        # Lanes that were busy may be free by now.
        again, sight.moved = sight.moved and bool(sight.busy), False
        sight.busy.clear()
        return again
    try:
        with transaction.atomic():
            # What a crash of the server forgets of this is handled again; what others commit after it keeps it too.
            dont_wait_for_disk()
            claim = Backlog.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if claim is None:
                return True
            if not _enter_lane(claim):
                sight.busy.add(claim.lane)
                Backlog.objects.filter(pk=pk).update(starts=F("starts") - 1)
                return True
            if claim.starts > MOST_STARTS:
                _take_apart(claim, now=now)
                return True
            turn = _read(claim)
            errors = _hand_over(one, turn.events, now=now)
            sight.waiting.update(_mark(one, turn, errors, now=now))
    except Exception:
        # No death of the worker: the range isn't to blame.
        Backlog.objects.filter(pk=pk, starts__gt=0).update(starts=F("starts") - 1)
        raise
    sight.moved = True
    done.handled += sum(1 for event in turn.events if one.wants(event) and event.pk not in errors)
    done.failed += len(errors)
    return True


def _begin(one: Consumer, sight: _Sight, *, now: datetime) -> int | None:
    """Find a due range that nobody works on, and count the start in a transaction of its own."""
    due = Backlog.objects.filter(consumer=one.name, due_at__lte=now).exclude(pk__in=sight.waiting).order_by("first_id", "lane")
    if sight.busy:
        due = due.exclude(lane__in=sight.busy, lanes__gt=1)
    if not due.exists():
        return None
    with transaction.atomic():
        dont_wait_for_disk()
        pk = due.select_for_update(skip_locked=True).values_list("pk", flat=True).first()
        if pk is not None:
            Backlog.objects.filter(pk=pk).update(starts=F("starts") + 1)
        return pk


def _enter_lane(claim: Backlog) -> bool:
    """Be the only one in a lane until the transaction ends. False: somebody else is."""
    return claim.lanes == 1 or try_lock(claim.consumer_id, claim.lane)


def _take_apart(claim: Backlog, *, now: datetime) -> None:
    """Isolate the event that kills workers: single out a range's ids, bury a single one."""
    if claim.first_id == claim.last_id:
        reason = f"{claim.error} The worker was killed, or ran out of time, {MOST_STARTS} times.".lstrip()[-_ERROR_LENGTH:]
        DeadLetter.objects.create(consumer=claim.consumer_id, event_id=claim.first_id, attempts=claim.attempts + MOST_STARTS, reason=reason, created_at=now)
        logger.warning("event_kills_workers", consumer=claim.consumer_id, event_id=claim.first_id)
    else:
        singles = range(claim.first_id, claim.last_id + 1)
        Backlog.objects.bulk_create(
            (
                Backlog(consumer_id=claim.consumer_id, first_id=pk, last_id=pk, due_at=now, awaits=claim.awaits, lane=claim.lane, lanes=claim.lanes)
                for pk in singles
            ),
            batch_size=100,
        )
    claim.delete()


def _read(claim: Backlog) -> _Turn:
    """The committed events of a range, and its ids that may still be committed.

    An id that isn't visible belongs to a transaction that runs or was rolled back. A transaction that took it
    holds its lock on the table from before it took the id until after its commit is visible. So: note who
    holds one, then read again; what is still missing can only come from them.
    """
    ids = range(claim.first_id, claim.last_id + 1)
    found = Event.objects.filter(pk__gte=ids.start, pk__lt=ids.stop).order_by("pk")
    if claim.lanes > 1 and found.count() == len(ids):
        return _Turn(claim, list(_of_lane(found, claim)))
    present = list(found)
    turn = _Turn(claim, present)
    if len(present) < len(ids):
        # Where there are no others we are the only writer now: what is missing was rolled back.
        writers = other_writers(Event._meta.db_table)
        turn.awaits = sorted(writers.intersection(claim.awaits) if claim.awaits else writers)
        turn.events = present = list(found.all())
        if turn.awaits:
            seen = {event.pk for event in present}
            turn.missing = [pk for pk in ids if pk not in seen]
    if claim.lanes > 1:
        turn.events = [event for event in present if (event.member_id or 0) % claim.lanes == claim.lane]
    return turn


def _of_lane(found: QuerySet[Event], claim: Backlog) -> QuerySet[Event]:
    """The events of a lane's members; those of no member belong to the first lane."""
    return found.annotate(lane=Mod(Coalesce(F("member_id"), 0), claim.lanes)).filter(lane=claim.lane)


def _hand_over(one: Consumer, events: Sequence[Event], *, now: datetime) -> dict[int, str]:
    """Let the consumer handle events: all at once, or, where that fails, one by one. Event id → why it failed."""
    wanted = [event for event in events if one.wants(event)]
    if not wanted or not _failure(one, wanted, now=now):
        return {}
    # Once more, each alone, so that the error counted is the event's own.
    return {event.pk: error for event in wanted if (error := _failure(one, [event], now=now))}


def _failure(one: Consumer, events: Sequence[Event], *, now: datetime) -> str:
    """Run the handler in a savepoint. Empty: done."""
    try:
        with transaction.atomic():
            one.handle(events, now=now)
    except Exception as error:  # noqa: BLE001  (whatever a consumer raises must not stop the others)
        return f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
    return ""


def _mark(one: Consumer, turn: _Turn, errors: dict[int, str], *, now: datetime) -> list[int]:
    """Remove the range from the backlog, but for what failed or may still be committed. Returns rows to leave alone in this sweep."""
    claim = turn.claim
    attempts = claim.attempts + 1
    left, dead = [], []
    for pk, error in errors.items():
        logger.warning("event_failed", consumer=one.name, event_id=pk, attempt=attempts, error=error.split(":", 1)[0])
        if attempts > len(PAUSES):
            dead.append(DeadLetter(consumer=one.name, event_id=pk, attempts=attempts, reason=error, created_at=now))
        else:
            due_at = now + PAUSES[attempts - 1]
            left.append(Backlog(consumer_id=one.name, first_id=pk, last_id=pk, due_at=due_at, attempts=attempts, error=error))
    left += [
        Backlog(consumer_id=one.name, first_id=first, last_id=last, due_at=now, awaits=turn.awaits, lane=claim.lane, lanes=claim.lanes)
        for first, last in _runs(turn.missing)
    ]
    claim.delete()
    DeadLetter.objects.bulk_create(dead)
    Backlog.objects.bulk_create(left, batch_size=100)
    return [row.pk for row in left if row.awaits]


def _runs(ids: Collection[int]) -> list[tuple[int, int]]:
    """Ascending ids as (first, last) of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for pk in ids:
        if runs and runs[-1][1] == pk - 1:
            runs[-1] = (runs[-1][0], pk)
        else:
            runs.append((pk, pk))
    return runs
