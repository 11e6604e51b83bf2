"""What postings need to know of members' accounts, read in one statement for both databases.

One statement means one snapshot and one plan. Every branch yields the same columns; which branches are asked
depends on what is posted, so that a mere credit reads no lots.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from loyalty.domain.ledger.lots import LotState, Pin
from loyalty.enums import EntryKind, LotSource
from loyalty.lib import sql
from loyalty.lib.sql import Asked, Row, Statement
from loyalty.models import Entry, Lot

_LOCK = Statement("SELECT id FROM accounts_member WHERE id :ids members ORDER BY id :lock")
_LOCK_UNLESS_KNOWN = Statement(
    "SELECT id FROM accounts_member WHERE id :ids members AND (SELECT count(*) FROM loyalty_entry WHERE key :texts keys) < %(wanted)s ORDER BY id :lock"
)
# Every branch yields (branch, id, member, points, remaining, occurred, available, ends, word, funder, order, hold); the word is a key, a
# kind or a source. The first branch says what types they have, and so must one with a DISTINCT of its own.
_COLUMNS = "plain plain plain plain plain instant instant instant plain plain plain uuid"
_DEBTS = (
    "SELECT 'debt' AS branch, entry_id AS id, member_id, CAST(NULL AS bigint) AS points, remaining, occurred_at, CAST(NULL AS timestamptz) AS available_at, "
    "CAST(NULL AS timestamptz) AS ends_at, CAST(NULL AS text) AS word, CAST(NULL AS bigint) AS funder_id, CAST(NULL AS bigint) AS order_id, "
    "CAST(NULL AS uuid) AS hold_id FROM loyalty_debt WHERE member_id :ids members AND remaining > 0"
)
_KNOWN = "SELECT 'known', id, NULL, NULL, NULL, NULL, NULL, NULL, key, NULL, NULL, NULL FROM loyalty_entry WHERE key :texts keys"
_LOT = (
    "SELECT 'lot', lot.id, lot.member_id, lot.points, lot.remaining, lot.occurred_at, lot.available_at, lot.expires_at, lot.source, lot.funder_id, "
    "entry.order_id, NULL FROM loyalty_lot AS lot JOIN loyalty_entry AS entry ON entry.id = lot.entry_id "
)
# The partial index of open lots serves these two. Which order earned a lot matters to returns alone.
_OPEN_LOTS_OF_ORDERS = _LOT + "WHERE lot.member_id :ids debited AND lot.is_open"
_OPEN_LOTS = (
    "SELECT 'lot', id, member_id, points, remaining, occurred_at, available_at, expires_at, source, funder_id, NULL, NULL "
    "FROM loyalty_lot WHERE member_id :ids debited AND is_open"
)
_LOTS = _LOT + "WHERE lot.id :ids lots"
# Lots that an expiry run wrote off although a posting is dated before it.
_WRITTEN_OFF = (
    "SELECT DISTINCT 'more', moved.lot_id, CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS timestamptz), "
    "CAST(NULL AS timestamptz), CAST(NULL AS timestamptz), CAST(NULL AS text), CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS uuid) "
    "FROM loyalty_entry AS entry JOIN loyalty_allocation AS moved ON moved.entry_id = entry.id "
    "WHERE entry.member_id :ids debited AND entry.kind = 'expiry' AND entry.occurred_at > %(since)s"
)
# What was written off before `since` counts where the lot had ended by then.
_MOVE = (
    "SELECT 'move', moved.lot_id, NULL, moved.points, NULL, moved.occurred_at, NULL, NULL, entry.kind, NULL, NULL, NULL "
    "FROM loyalty_lot AS lot JOIN loyalty_allocation AS moved ON moved.lot_id = lot.id JOIN loyalty_entry AS entry ON entry.id = moved.entry_id "
    "WHERE (moved.occurred_at > %(since)s OR (lot.expires_at <= %(since)s AND entry.kind = 'expiry')) AND "
)
_MOVES = _MOVE + "lot.member_id :ids debited AND lot.is_open"
_MOVES_OF_LOTS = _MOVE + "lot.id :ids lots"
_PIN = (
    "SELECT 'pin', pin.lot_id, NULL, pin.points, NULL, hold.occurred_at, hold.ended_at, hold.expires_at, NULL, NULL, NULL, hold.id "
    "FROM loyalty_hold AS hold JOIN loyalty_holdpin AS pin ON pin.hold_id = hold.id WHERE hold.expires_at > %(since)s"
)
_PINS = _PIN + " AND hold.member_id :ids debited"
_PINS_OF_LOTS = _PIN + " AND pin.lot_id :ids lots"
_IDS = "SELECT 'id', fresh.id, NULL, NULL, fresh.place, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM ({ids}) AS fresh"
_IDS_FOR_NEWS = _IDS + " WHERE (SELECT count(*) FROM loyalty_entry WHERE key :texts keys) < %(wanted)s"
# More keys than anybody gives at once: lock and number whatever is known.
ALWAYS = 2**31
_EARNED = (
    "SELECT 'more', lot.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
    "FROM loyalty_lot AS lot JOIN loyalty_entry AS entry ON entry.id = lot.entry_id WHERE entry.order_id :ids orders"
)
# `remaining` carries the place among the uses.
_USES = (
    "SELECT 'use', used.lot_id, NULL, used.points, used.id, NULL, NULL, NULL, NULL, NULL, entry.order_id, NULL "
    "FROM loyalty_entry AS entry JOIN loyalty_allocation AS used ON used.entry_id = entry.id WHERE entry.order_id :ids orders AND entry.kind = 'redemption'"
)


_LATER = (
    "SELECT 'later', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL "
    "WHERE EXISTS (SELECT 1 FROM loyalty_entry WHERE member_id :ids members AND occurred_at > %(since)s)"
)
# Settled or not: a settlement may be later than any entry.
_OWED = "SELECT 'owed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM loyalty_debt WHERE member_id :ids members)"
_BRANCHES = {
    "debts": (_DEBTS,),
    "keys": (_KNOWN,),
    "debited": (_OPEN_LOTS, _WRITTEN_OFF, _MOVES, _PINS),
    "returned": (_OPEN_LOTS_OF_ORDERS, _WRITTEN_OFF, _MOVES, _PINS, _EARNED, _USES),
    "later": (_LATER, _OWED),
}
# A first branch says what types the columns have.
_NO_DEBTS = _DEBTS + " AND 1 = 0"
_LOTS_ALONE = Statement(f"{_NO_DEBTS} UNION ALL {_LOTS} UNION ALL {_MOVES_OF_LOTS} UNION ALL {_PINS_OF_LOTS}", _COLUMNS)
_MEMBERS_PINS = Statement(_PINS, _COLUMNS)
_ALL_PINS = Statement(_PIN, _COLUMNS)


@dataclass(slots=True)
class State:
    """What was found. `lots` by id; `more` are lots that matter and may not be open.

    `debts` are (entry, member, remaining, occurred_at), `uses` what paid for orders: (order, lot, points). `later`: there
    are entries after the instant asked about; `owed`: there was debt once.
    """

    lots: dict[int, LotState] = field(default_factory=dict)
    debts: list[tuple[int, int, int, datetime]] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    more: set[int] = field(default_factory=set)
    uses: list[tuple[int, int, int]] = field(default_factory=list)
    entry_ids: list[int] = field(default_factory=list)
    lot_ids: list[int] = field(default_factory=list)
    later: bool = False
    owed: bool = False

    def missing_lots(self) -> set[int]:
        """Lots that matter and haven't been read."""
        return self.more - self.lots.keys()

    def take_lots(self, other: "State") -> None:
        """Use another reading's lots instead."""
        self.lots, self.more, self.uses = other.lots, other.more, other.uses

    def add_lots(self, other: "State") -> None:
        """Know another reading's lots as well."""
        self.lots |= other.lots


def lock(members: Collection[int]) -> Asked:
    """Asks for row locks of members in the order of their ids; yields the ids found."""
    return _LOCK.ask(members=sorted(members))


def lock_unless_known(members: Collection[int], *, keys: Collection[str], wanted: int) -> Asked:
    """As `lock`, but locks nothing (and writes no log) if `wanted` of the keys are posted already."""
    return _LOCK_UNLESS_KNOWN.ask(members=sorted(members), keys=list(keys), wanted=wanted)


def ask(
    members: Collection[int],
    *,
    debited: Collection[int] = (),
    orders: Collection[int] = (),
    since: datetime,
    keys: Collection[str] = (),
    wanted: int = ALWAYS,
    reserve: tuple[int, int] = (0, 0),
) -> Asked:
    """Asks for the debts of `members`, the lots of `debited` and of `orders` with their moves after `since` and their pins.

    And for the entries of known keys. `reserve` asks for free ids of so many entries and lots, unless `wanted` of the keys are known already.
    """
    parts = ("debts", *(["keys"] if keys else []), *(["returned"] if orders else ["debited"] if debited else []))
    ids = sql.next_ids((Entry, reserve[0]), (Lot, reserve[1])) if any(reserve) else None
    values = {"members": list(members), "debited": list(debited), "orders": list(orders), "since": since, "keys": list(keys), "wanted": wanted}
    return _compose(parts, ids.statement.sql if ids else "").ask(**values, **(ids.parameters if ids else {}))


def ask_standing(members: Collection[int], *, at: datetime) -> Asked:
    """Asks for the debts and the open lots of members with their pins, and whether they have entries dated after `at`, or ever had debt."""
    return _compose(("debts", "debited", "later"), "").ask(members=list(members), debited=list(members), since=at)


def ask_lots(lots: Collection[int], *, since: datetime) -> Asked:
    """Asks for lots by their ids, with their moves after `since` and their pins."""
    return _LOTS_ALONE.ask(members=[], lots=list(lots), since=since)


def pins(members: Collection[int] | None, *, since: datetime) -> list[tuple[int, Pin]]:
    """(lot id, pin) of the holds that lasted beyond `since`; None means all members."""
    asked = _ALL_PINS.ask(since=since) if members is None else _MEMBERS_PINS.ask(debited=list(members), since=since)
    return [(row[1], _pin(row)) for row in sql.fetch(asked)[0]]


def read(rows: Iterable[Row]) -> State:
    """What the rows say."""
    by: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by[row[0]].append(row)
    state = State(
        debts=[(row[1], row[2], row[4], row[5]) for row in by["debt"]],
        known={row[8]: row[1] for row in by["known"]},
        uses=[(row[10], row[1], row[3]) for row in sorted(by["use"], key=lambda row: row[4])],
        more={row[1] for row in (*by["more"], *by["use"])},
        entry_ids=[row[1] for row in by["id"] if row[4] == 0],
        lot_ids=[row[1] for row in by["id"] if row[4] == 1],
        later=bool(by["later"]),
        owed=bool(by["owed"]),
    )
    for _branch, pk, member_id, points, remaining, occurred_at, available_at, ends_at, source, funder_id, order_id, _hold in by["lot"]:
        # A grace lot was given back for an order, not earned by it.
        order = order_id if source != LotSource.GRACE else None
        state.lots[pk] = LotState(member_id, points, remaining, occurred_at, available_at, ends_at, source, funder_id, pk, order)
    for row in sorted(by["move"], key=lambda row: row[5]):
        _note_move(state.lots[row[1]], row[3], row[5], row[8])
    for row in by["pin"]:
        if row[1] in state.lots:
            state.lots[row[1]].pins.append(_pin(row))
    return state


def _pin(row: Row) -> Pin:
    return Pin(row[3], row[5], row[6] or row[7], row[11], is_open=row[6] is None)


@cache
def _compose(parts: tuple[str, ...], ids: str) -> Statement:
    branches = [branch for part in parts for branch in _BRANCHES[part]]
    return Statement(" UNION ALL ".join([*branches, *([(_IDS_FOR_NEWS if "keys" in parts else _IDS).replace("{ids}", ids)] if ids else [])]), _COLUMNS)


def _note_move(lot: LotState, points: int, occurred_at: datetime, kind: str) -> None:
    """Keep an allocation in mind: an expiry (or its correction, at the same instant) as swept, any other as a move."""
    if kind != EntryKind.EXPIRY:
        lot.moves.append((occurred_at, points))
        return
    for place, (instant, written_off) in enumerate(lot.swept):
        if instant == occurred_at:
            lot.swept[place] = (instant, written_off + points)
            return
    lot.swept.append((occurred_at, points))
