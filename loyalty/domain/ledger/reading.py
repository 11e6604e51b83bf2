"""What postings need to know of members' accounts, read in one statement for both databases.

One statement means one snapshot and one plan. Which branches it has depends on what is posted, so that a mere credit reads no lots.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from loyalty.domain.ledger.lots import LotState, Pin
from loyalty.enums import EntryKind, LotSource
from loyalty.lib.branches import Branch, Found, union
from loyalty.lib.rows import Ask, NewId, Query, next_ids
from loyalty.models import Entry, Lot

# More keys than anybody gives at once: lock and number whatever is known.
ALWAYS = 2**31


class Locked(NamedTuple):
    """A member whose row is locked."""

    id: int


class OpenDebt(NamedTuple):
    """A debit that no lot has covered yet, by its entry."""

    entry_id: int
    member_id: int
    remaining: int
    occurred_at: datetime


class KnownEntry(NamedTuple):
    """An entry that has one of the keys asked about."""

    id: int
    key: str


class FoundLot(NamedTuple):
    """A lot as it is kept. Which order earned it matters to returns alone, and is read for them."""

    id: int
    member_id: int
    points: int
    remaining: int
    occurred_at: datetime
    available_at: datetime
    expires_at: datetime | None
    source: str
    funder_id: int | None
    order_id: int | None


class Concerned(NamedTuple):
    """A lot that matters and may not be open."""

    lot_id: int


class Move(NamedTuple):
    """An allocation of a lot, and the kind of its entry."""

    lot_id: int
    points: int
    occurred_at: datetime
    kind: str


class HeldPart(NamedTuple):
    """Points of a lot that a hold sets aside; `ended_at`: when it was captured or released."""

    lot_id: int
    points: int
    hold_id: UUID
    occurred_at: datetime
    ended_at: datetime | None
    expires_at: datetime

    def pin(self) -> Pin:
        """As lots know it."""
        return Pin(self.points, self.occurred_at, self.ended_at or self.expires_at, self.hold_id, is_open=self.ended_at is None)


class Use(NamedTuple):
    """Points of a lot that paid for an order."""

    id: int
    order_id: int
    lot_id: int
    points: int


class PostedLater(NamedTuple):
    """A member has entries after the instant asked about."""

    member_id: int


class OwedOnce(NamedTuple):
    """A member has, or had, debt."""

    member_id: int


_LOCK = Query("SELECT id FROM accounts_member WHERE id :ids members ORDER BY id :lock", Locked)
_LOCK_UNLESS_KNOWN = Query(
    "SELECT id FROM accounts_member WHERE id :ids members AND (SELECT count(*) FROM loyalty_entry WHERE key :texts keys) < %(wanted)s ORDER BY id :lock",
    Locked,
)
_DEBTS = Branch(OpenDebt, "SELECT entry_id, member_id, remaining, occurred_at FROM loyalty_debt WHERE member_id :ids members AND remaining > 0")
_KNOWN = Branch(KnownEntry, "SELECT id, key FROM loyalty_entry WHERE key :texts keys")
_LOT_OF_ORDER = (
    "SELECT lot.id, lot.member_id, lot.points, lot.remaining, lot.occurred_at, lot.available_at, lot.expires_at, lot.source, lot.funder_id, entry.order_id "
    "FROM loyalty_lot AS lot JOIN loyalty_entry AS entry ON entry.id = lot.entry_id "
)
# The partial index of open lots serves these two.
_OPEN_LOTS_OF_ORDERS = Branch(FoundLot, _LOT_OF_ORDER + "WHERE lot.member_id :ids debited AND lot.is_open")
_OPEN_LOTS = Branch(
    FoundLot,
    "SELECT id, member_id, points, remaining, occurred_at, available_at, expires_at, source, funder_id, CAST(NULL AS bigint) AS order_id "
    "FROM loyalty_lot WHERE member_id :ids debited AND is_open",
)
_LOTS = Branch(FoundLot, _LOT_OF_ORDER + "WHERE lot.id :ids lots")
# Lots that an expiry run wrote off although a posting is dated before it.
_WRITTEN_OFF = Branch(
    Concerned,
    "SELECT DISTINCT moved.lot_id FROM loyalty_entry AS entry JOIN loyalty_allocation AS moved ON moved.entry_id = entry.id "
    "WHERE entry.member_id :ids debited AND entry.kind = 'expiry' AND entry.occurred_at > %(since)s",
)
_EARNED = Branch(
    Concerned, "SELECT lot.id AS lot_id FROM loyalty_lot AS lot JOIN loyalty_entry AS entry ON entry.id = lot.entry_id WHERE entry.order_id :ids orders"
)
# What was written off before `since` counts where the lot had ended by then.
_MOVE = (
    "SELECT moved.lot_id, moved.points, moved.occurred_at, entry.kind "
    "FROM loyalty_lot AS lot JOIN loyalty_allocation AS moved ON moved.lot_id = lot.id JOIN loyalty_entry AS entry ON entry.id = moved.entry_id "
    "WHERE (moved.occurred_at > %(since)s OR (lot.expires_at <= %(since)s AND entry.kind = 'expiry')) AND "
)
_MOVES = Branch(Move, _MOVE + "lot.member_id :ids debited AND lot.is_open")
_MOVES_OF_LOTS = Branch(Move, _MOVE + "lot.id :ids lots")
_HELD = (
    "SELECT pin.lot_id, pin.points, hold.id AS hold_id, hold.occurred_at, hold.ended_at, hold.expires_at "
    "FROM loyalty_hold AS hold JOIN loyalty_holdpin AS pin ON pin.hold_id = hold.id WHERE hold.expires_at > %(since)s"
)
_PINS = Branch(HeldPart, _HELD + " AND hold.member_id :ids debited")
_PINS_OF_LOTS = Branch(HeldPart, _HELD + " AND pin.lot_id :ids lots")
_USES = Branch(
    Use,
    "SELECT used.id, entry.order_id, used.lot_id, used.points "
    "FROM loyalty_entry AS entry JOIN loyalty_allocation AS used ON used.entry_id = entry.id WHERE entry.order_id :ids orders AND entry.kind = 'redemption'",
)
_LATER = Branch(PostedLater, "SELECT member_id FROM loyalty_entry WHERE member_id :ids members AND occurred_at > %(since)s LIMIT 1")
# Paid or not: a payment may be later than any entry.
_OWED = Branch(OwedOnce, "SELECT member_id FROM loyalty_debt WHERE member_id :ids members LIMIT 1")
_BRANCHES: dict[str, tuple[Branch[Any], ...]] = {
    "debts": (_DEBTS,),
    "keys": (_KNOWN,),
    "debited": (_OPEN_LOTS, _WRITTEN_OFF, _MOVES, _PINS),
    "returned": (_OPEN_LOTS_OF_ORDERS, _WRITTEN_OFF, _MOVES, _PINS, _EARNED, _USES),
    "later": (_LATER, _OWED),
}
_LOTS_ALONE = union([_LOTS, _MOVES_OF_LOTS, _PINS_OF_LOTS])
_PINS_ALONE = Query(f"{_HELD} AND hold.member_id :ids members", HeldPart)
_ALL_PINS = Query(_HELD, HeldPart)


@dataclass(slots=True)
class State:
    """What was found. `lots` by id; `more` are lots that matter and may not be open.

    `uses` are what paid for orders. `later`: there are entries after the instant asked about; `owed`: there was debt once.
    """

    lots: dict[int, LotState] = field(default_factory=dict)
    debts: list[OpenDebt] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    more: set[int] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)
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


def lock(members: Collection[int]) -> Ask[Locked]:
    """Asks for row locks of members in the order of their ids; yields the ids found."""
    return _LOCK.ask(members=sorted(members))


def lock_unless_known(members: Collection[int], *, keys: Collection[str], wanted: int) -> Ask[Locked]:
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
) -> Ask[Any]:
    """Asks for the debts of `members`, the lots of `debited` and of `orders` with their moves after `since` and their pins.

    And for the entries of known keys. `reserve` asks for free ids of so many entries and lots, unless `wanted` of the keys are known already.
    """
    parts = ("debts", *(["keys"] if keys else []), *(["returned"] if orders else ["debited"] if debited else []))
    ids = next_ids((Entry, reserve[0], 0), (Lot, reserve[1], 0)) if any(reserve) else None
    values = {"members": members, "debited": debited, "orders": orders, "since": since, "keys": keys, "wanted": wanted}
    return _compose(parts, ids.query if ids else None).ask(**values, **(ids.parameters if ids else {}))


def ask_standing(members: Collection[int], *, at: datetime) -> Ask[Any]:
    """Asks for the debts and the open lots of members with their pins, and whether they have entries dated after `at`, or ever had debt."""
    return _compose(("debts", "debited", "later"), None).ask(members=members, debited=members, since=at)


def ask_lots(lots: Collection[int], *, since: datetime) -> Ask[Any]:
    """Asks for lots by their ids, with their moves after `since` and their pins."""
    return _LOTS_ALONE.ask(lots=lots, since=since)


def pins(members: Collection[int] | None, *, since: datetime) -> list[tuple[int, Pin]]:
    """(lot id, pin) of the holds that lasted beyond `since`; None means all members."""
    asked = _ALL_PINS.ask(since=since) if members is None else _PINS_ALONE.ask(members=members, since=since)
    return [(held.lot_id, held.pin()) for held in asked.rows()]


def read(answer: Iterable[Any]) -> State:
    """What the rows say."""
    found = Found(answer)
    uses = sorted(found.of(Use))
    new = found.of(NewId)
    state = State(
        debts=found.of(OpenDebt),
        known={entry.key: entry.id for entry in found.of(KnownEntry)},
        uses=uses,
        more={concerned.lot_id for concerned in found.of(Concerned)} | {use.lot_id for use in uses},
        entry_ids=[one.id for one in new if one.place == 0],
        lot_ids=[one.id for one in new if one.place == 1],
        later=bool(found.of(PostedLater)),
        owed=bool(found.of(OwedOnce)),
    )
    for lot in found.of(FoundLot):
        # A grace lot was given back for an order, not earned by it.
        order_id = lot.order_id if lot.source != LotSource.GRACE else None
        state.lots[lot.id] = LotState(
            lot.member_id, lot.points, lot.remaining, lot.occurred_at, lot.available_at, lot.expires_at, lot.source, lot.funder_id, lot.id, order_id
        )
    for move in sorted(found.of(Move), key=attrgetter("occurred_at")):
        _note_move(state.lots[move.lot_id], move.points, move.occurred_at, move.kind)
    for held in found.of(HeldPart):
        if held.lot_id in state.lots:
            state.lots[held.lot_id].pins.append(held.pin())
    return state


@cache
def _compose(parts: tuple[str, ...], ids: Query[NewId] | None) -> Query[Any]:
    chosen = [branch for part in parts for branch in _BRANCHES[part]]
    if ids is not None:
        news = "(SELECT count(*) FROM loyalty_entry WHERE key :texts keys) < %(wanted)s" if "keys" in parts else "true"
        chosen.append(Branch(NewId, f"SELECT place, id FROM ({ids.sql}) AS fresh WHERE {news}"))
    return union(chosen)


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
