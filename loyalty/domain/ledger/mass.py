"""What the ledger does for thousands of members at once inside the database (PostgreSQL): one statement a portion.

Only for members with nothing to weigh: no debt, no hold in the way. Everybody else, and who has no server, takes the Book. Members
are locked by a statement before, so that what is read here is what others committed. No table is joined: rows are found
by `= ANY(ARRAY(…))`, of which PostgreSQL always expects few and takes the index; a join of thousands makes it read whole tables.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from loyalty.domain import events
from loyalty.domain.ledger import reading as state
from loyalty.enums import EntryKind, EventKind, LotSource
from loyalty.lib.pace import Pace
from loyalty.lib.rows import Query

# Lots or members the first time, and how long a transaction should take at most: tills wait for its members so long.
_FIRST, _SECONDS = 500, 0.125
# Gets of each portion: how many entries, seconds.
Report = Callable[[int, float], object]


class _Member(NamedTuple):
    member_id: int


class _Key(NamedTuple):
    key: str


class _WroteOff(NamedTuple):
    """How many lots were changed of how many, entries, points and members; and the members left to the Book."""

    changed: int
    lots: int
    entries: int
    points: int
    members: int
    special: list[int] | None


class _Credited(NamedTuple):
    entries: int
    special: list[int] | None


_LOCK_FREE = Query("SELECT id FROM accounts_member WHERE id :ids members ORDER BY id :lock_free", state.Locked)
KNOWN_KEYS = Query("SELECT key FROM loyalty_entry WHERE key :texts keys", _Key)

# A lot that a hold pins beyond its end runs out piecemeal; a debt is paid first.
_EXPIRE = Query(
    """
WITH mine AS MATERIALIZED (
    SELECT id, member_id, remaining, expires_at FROM loyalty_lot
    WHERE member_id = ANY(ARRAY(SELECT member_id FROM :rows members)) AND is_open AND expires_at <= %(as_of)s
), special AS MATERIALIZED (
    SELECT member_id FROM loyalty_debt WHERE member_id = ANY(ARRAY(SELECT member_id FROM mine)) AND remaining > 0
    UNION
    SELECT member_id FROM loyalty_hold WHERE member_id = ANY(ARRAY(SELECT member_id FROM mine)) AND expires_at > (SELECT min(expires_at) FROM mine)
), numbered AS (
    SELECT id, member_id, remaining, expires_at, sum(remaining) OVER same AS points,
           CASE WHEN row_number() OVER (same ORDER BY id) = 1 THEN nextval('loyalty_entry_id_seq') END AS fresh
    FROM mine WHERE member_id NOT IN (SELECT member_id FROM special)
    WINDOW same AS (PARTITION BY member_id, expires_at)
), gone AS MATERIALIZED (
    SELECT id, member_id, remaining, expires_at, points, fresh, max(fresh) OVER (PARTITION BY member_id, expires_at) AS entry_id FROM numbered
), entries AS (
    INSERT INTO loyalty_entry (id, member_id, kind, points, forgiven, occurred_at, created_at, reason)
    SELECT fresh, member_id, %(kind)s, -points, 0, expires_at, %(now)s, '' FROM gone WHERE fresh IS NOT NULL
), allocations AS (
    INSERT INTO loyalty_allocation (entry_id, lot_id, points, occurred_at) SELECT entry_id, id, remaining, expires_at FROM gone
), lots AS (
    UPDATE loyalty_lot SET remaining = 0 WHERE id = ANY(ARRAY(SELECT id FROM gone)) RETURNING 1
), news AS (
    INSERT INTO loyalty_event (kind, member_id, occurred_at, created_at, payload)
    SELECT %(event)s, member_id, expires_at, %(now)s, jsonb_build_object('entry', fresh, 'kind', %(kind)s, 'points', -points, 'order', NULL)
    FROM gone WHERE fresh IS NOT NULL
)
SELECT (SELECT count(*) FROM lots), count(*), count(fresh), coalesce(sum(remaining), 0)::bigint, count(DISTINCT member_id),
       (SELECT array_agg(member_id ORDER BY member_id) FROM special)
FROM gone
""",
    _WroteOff,
    prepared=False,
    server_only=True,
    members=_Member,
)
_CREDIT = Query(
    """
WITH special AS MATERIALIZED (
    SELECT member_id FROM loyalty_debt WHERE member_id = ANY(ARRAY(SELECT member_id FROM :rows members)) AND remaining > 0
), entries AS (
    INSERT INTO loyalty_entry (member_id, kind, points, forgiven, occurred_at, created_at, key, partner_id, reason)
    SELECT member_id, %(kind)s, %(points)s, 0, %(occurred_at)s, %(now)s, %(key)s || ':' || member_id, %(funder)s, %(reason)s
    FROM :rows members WHERE member_id NOT IN (SELECT member_id FROM special)
    ON CONFLICT (key) DO NOTHING RETURNING id, member_id
), lots AS (
    INSERT INTO loyalty_lot (entry_id, member_id, source, funder_id, points, remaining, occurred_at, available_at, expires_at)
    SELECT id, member_id, %(source)s, %(funder)s, %(points)s, %(points)s, %(occurred_at)s, %(available_at)s, %(expires_at)s FROM entries
), news AS (
    INSERT INTO loyalty_event (kind, member_id, occurred_at, created_at, payload)
    SELECT %(event)s, member_id, %(occurred_at)s, %(now)s, jsonb_build_object('entry', id, 'kind', %(kind)s, 'points', %(points)s, 'order', NULL) FROM entries
)
SELECT (SELECT count(*) FROM entries), (SELECT array_agg(member_id ORDER BY member_id) FROM special)
""",
    _Credited,
    prepared=False,
    server_only=True,
    members=_Member,
)


@dataclass(slots=True, frozen=True)
class Gift:
    """The same credit for many members: one lot each; the key of each entry is `key`, a colon and the member's id."""

    kind: EntryKind
    points: int
    key: str
    occurred_at: datetime
    available_at: datetime
    expires_at: datetime | None
    source: LotSource = LotSource.GRANT
    funder_id: int | None = None
    reason: str = ""

    def key_of(self, member_id: int) -> str:
        """The key of a member's entry."""
        return f"{self.key}:{member_id}"


@dataclass(slots=True, frozen=True)
class Done:
    """What was written at once, and the members who need the Book."""

    members: int
    entries: int
    points: int
    special: Sequence[int]


def in_portions(take: Callable[[int, int], Sequence[int]], work: Callable[[list[int]], int], *, top: int, report: Report | None) -> None:
    """Let `work` do members under lock, in short transactions; it returns how many entries it wrote.

    `take` gives the next members after an id, ascending, so many at a time; `top` is the highest. Several runs may share the
    work: where one meets what another has locked, it goes on in the middle of what lies before it. It passes by members that
    a till has locked, and comes back until only those are left; then it waits for them.
    """
    pace = Pace(_FIRST, seconds=_SECONDS)
    waits = False
    while True:
        last, passed_by, wrote = 0, False, False
        while chunk := take(last, pace.size):
            last = chunk[-1]
            began = time.perf_counter()
            with transaction.atomic():
                locked = [member.id for member in (state.lock(chunk) if waits else _LOCK_FREE.ask(members=sorted(chunk))).rows()]
                entries = work(locked) if locked else 0
            took = time.perf_counter() - began
            met = not waits and len(locked) < len(chunk) * 0.9
            # A portion that another run had most of says little about the next.
            if entries and (took > pace.seconds or not met):
                pace.learn(took)
            if met:
                last += max(0, top - last) // 2
            passed_by, wrote = passed_by or len(locked) < len(chunk), wrote or entries > 0
            if report:
                report(entries, took)
        if waits or not passed_by:
            return
        waits = not wrote


def write_off_plain(members: Collection[int], *, as_of: datetime, now: datetime) -> Done:
    """Write off what had run out by `as_of` of members who are locked: entries, allocations, events."""
    values = {"as_of": as_of, "now": now, "kind": EntryKind.EXPIRY, "event": EventKind.POINTS_EXPIRED}
    answer = _EXPIRE.ask(members=[_Member(pk) for pk in members], **values).rows()
    if not answer:
        return Done(0, 0, 0, sorted(members))
    [wrote] = answer
    if wrote.changed != wrote.lots:
        raise RuntimeError("rows vanished under lock")
    events.announce()
    return Done(wrote.members, wrote.entries, wrote.points, wrote.special or [])


def credit_plain(members: Collection[int], gift: Gift, *, now: datetime) -> Done:
    """Credit members who are locked, unless they have it already: entries, lots, events."""
    values: dict[str, Any] = {name: getattr(gift, name) for name in ("kind", "points", "key", "occurred_at", "available_at", "expires_at", "source", "reason")}
    values |= {"funder": gift.funder_id, "now": now, "event": EventKind.POINTS_CREDITED}
    answer = _CREDIT.ask(members=[_Member(pk) for pk in members], **values).rows()
    if not answer:
        return Done(0, 0, 0, sorted(members))
    [wrote] = answer
    events.announce()
    return Done(wrote.entries, wrote.entries, wrote.entries * gift.points, wrote.special or [])
