"""What postings do to lots, worked out in memory: loyalty.domain.ledger loads a Book, and writes what it planned.

Postings are applied one after another in the order they are given, so a list has the same outcome as
single postings, and a refused posting leaves no trace.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.domain.ledger import lots as rules
from loyalty.domain.ledger.lots import DebtState, LotState
from loyalty.enums import EntryKind, HoldState, LotSource, Shortfall
from loyalty.lib.errors import DomainError
from loyalty.models import Hold, Order, Return


@dataclass(slots=True, frozen=True)
class Part:
    """Whole points from one funder (None: the operator)."""

    points: int
    source: LotSource
    funder_id: int | None = None


@dataclass(slots=True, eq=False)
class PlannedEntry:
    """An entry to be written. `order` and `order_return` may still be unsaved when planned."""

    member_id: int
    kind: EntryKind
    points: int
    occurred_at: datetime
    key: str | None = None
    forgiven: int = 0
    order: Order | None = None
    order_return: Return | None = None
    partner_id: int | None = None
    actor_id: int | None = None
    reason: str = ""
    id: int | None = None


@dataclass(slots=True, frozen=True)
class TakenBack:
    """What became of the points that a return takes back; they add up to what was due."""

    taken: int
    expired: int
    debt: int
    forgiven: int


@dataclass(slots=True)
class Account:
    """The open lots and debts of a member, as far as they were loaded."""

    lots: list[LotState] = field(default_factory=list)
    debts: list[DebtState] = field(default_factory=list)


def order_ref(order: Order) -> Hashable:
    """Names an order whether it is saved or only planned."""
    saved: int | None = order.pk
    return ("planned", id(order)) if saved is None else saved


def require_open(hold: Hold, *, now: datetime) -> None:
    """Raise hold_captured, hold_released or hold_lapsed unless the hold is open at `now`."""
    if hold.state == HoldState.CAPTURED:
        raise DomainError("hold_captured", "The hold has been captured already.")
    if hold.state == HoldState.RELEASED:
        raise DomainError("hold_released", "The hold has been released.")
    if hold.expires_at <= now:
        raise DomainError("hold_lapsed", "The hold has lapsed; place a new one.")


@dataclass
class Book:
    """Accounts under lock, and the changes planned for them. `now` is the wall clock of recording."""

    now: datetime
    accounts: dict[int, Account]
    spent_by_order: dict[Hashable, list[tuple[LotState, int]]] = field(default_factory=lambda: defaultdict(list))
    entries: list[PlannedEntry] = field(default_factory=list)
    new_lots: list[tuple[PlannedEntry, LotState]] = field(default_factory=list)
    allocations: list[tuple[PlannedEntry | int, LotState, int, datetime]] = field(default_factory=list)
    new_debts: list[tuple[DebtState, int]] = field(default_factory=list)
    paid_debts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    holds: dict[UUID, Hold] = field(default_factory=dict)
    captured: list[tuple[Hold, PlannedEntry]] = field(default_factory=list)
    # Reserved for what will be planned.
    entry_ids: list[int] = field(default_factory=list)
    lot_ids: list[int] = field(default_factory=list)

    def credit(self, entry: PlannedEntry, *, parts: Sequence[Part], available_at: datetime, expires_at: datetime | None) -> None:
        """Credit the parts as lots; a debt of the member is paid at once, by pending points too."""
        self.entries.append(entry)
        for part in parts:
            self._add_lot(entry, part, available_at=available_at, expires_at=expires_at)
        self.pay_debts(entry.member_id)

    def spend(self, entry: PlannedEntry) -> None:
        """Debit −`entry.points` from what was available at `entry.occurred_at`. Raises insufficient_points."""
        self.pay_debts(entry.member_id)
        account = self.accounts[entry.member_id]
        wanted = -entry.points
        usable, total = [], 0
        for lot, free in rules.available(account.lots, at=entry.occurred_at, now=self.now):
            usable.append((lot, free))
            total += free
            if total >= wanted:
                break
        if total < wanted:
            raise DomainError("insufficient_points", f"Only {total} points are available; {wanted} were asked for.", available=total, wanted=wanted)
        self._debit(entry, self._fill(usable, wanted, entry.occurred_at))

    def capture(self, entry: PlannedEntry, *, hold_id: UUID) -> None:
        """Debit −`entry.points` from the lots that a hold pinned, even where one ended meanwhile; the rest is free again.

        The hold ends at `entry.occurred_at`. Raises unknown_hold, hold_captured, hold_released, hold_lapsed,
        hold_awaits_member, capture_above_hold.
        """
        hold = self.holds.get(hold_id)
        if hold is None or hold.member_id != entry.member_id:
            raise DomainError("unknown_hold", "There is no such hold.")
        require_open(hold, now=self.now)
        if hold.state == HoldState.AWAITING_MEMBER:
            raise DomainError("hold_awaits_member", "The member has not agreed to this spend yet.")
        if not 0 < -entry.points <= hold.points:
            raise DomainError("capture_above_hold", f"The hold sets {hold.points} points aside; {-entry.points} can't be captured.", held=hold.points)
        lots = self.accounts[entry.member_id].lots
        pinned = [(lot, pin.points) for lot in lots for pin in lot.pins if pin.hold_id == hold_id]
        pinned.sort(key=lambda pair: pair[0].rank)
        # What the hold pinned was available when it was placed; a till's clock may be behind.
        entry.occurred_at = max(entry.occurred_at, hold.occurred_at)
        self._debit(entry, self._fill(pinned, -entry.points, entry.occurred_at))
        hold.state, hold.ended_at, hold.captured_points = HoldState.CAPTURED, entry.occurred_at, -entry.points
        self.captured.append((hold, entry))
        for lot in lots:
            lot.pins = [replace(pin, until=entry.occurred_at, is_open=False) if pin.hold_id == hold_id else pin for pin in lot.pins]
        self.pay_debts(entry.member_id)

    def take_back(self, entry: PlannedEntry, *, due: int, own: Hashable, expired_before: int, shortfall: str) -> TakenBack:
        """Take back `due` points for a return: the order's own lots first, then what expires first, pending included.

        `own` names the order (None: not known), `expired_before` is what its earlier returns already counted
        as expired unspent. Sets `entry.points` and `entry.forgiven`; an entry that moves nothing is not written.
        """
        self.pay_debts(entry.member_id)
        account, at = self.accounts[entry.member_id], entry.occurred_at
        own_lots = [lot for lot in account.lots if own is not None and lot.order_ref == own]
        gone = sum(lot.free_at(at, self.now) for lot in own_lots if not lot.alive_at(at))
        expired = min(due, max(0, gone - expired_before))
        wanted = due - expired
        usable = rules.takeable(account.lots, own=own, at=at, now=self.now)
        used = self._fill(usable, min(wanted, sum(free for _lot, free in usable)), at)
        short = wanted - sum(points for _lot, points in used)
        entry.forgiven = short if shortfall == Shortfall.FORGIVE else 0
        entry.points = entry.forgiven - wanted
        debt = short - entry.forgiven
        if wanted:
            self._debit(entry, used)
        if debt:
            state = DebtState(entry.member_id, debt, at, entry_ref=entry)
            account.debts.append(state)
            self.new_debts.append((state, debt))
            self.pay_debts(entry.member_id)
        return TakenBack(taken=wanted - short, expired=expired, debt=debt, forgiven=entry.forgiven)

    def give_back(self, entry: PlannedEntry, *, order: Order, already: int, zone: ZoneInfo) -> None:
        """Put `entry.points` that paid for an order back into their lots, the last used first.

        `already` is what earlier returns of the order gave back. A lot that has ended is replaced by a grace
        lot of 30 days from the same funder.
        """
        self.entries.append(entry)
        grace: dict[int | None, int] = defaultdict(int)
        skip, left = already, entry.points
        for lot, points in reversed(self.spent_by_order[order_ref(order)]):
            passed = min(skip, points)
            skip -= passed
            back = min(points - passed, left)
            left -= back
            if not back:
                continue
            if lot.alive_at(entry.occurred_at):
                lot.remaining += back
                lot.moves.append((entry.occurred_at, -back))
                self.allocations.append((entry, lot, -back, entry.occurred_at))
            else:
                grace[lot.funder_id] += back
        if left:
            raise DomainError("nothing_to_give_back", f"The order was paid with fewer points than the {entry.points} to be given back.")
        until = rules.grace_until(returned=entry.occurred_at, zone=zone)
        for funder_id, points in grace.items():
            self._add_lot(entry, Part(points, LotSource.GRACE, funder_id), available_at=entry.occurred_at, expires_at=until)
        self.pay_debts(entry.member_id)

    def write_off(self, member_id: int, *, as_of: datetime) -> None:
        """Write off what had run out by `as_of`, one entry for each instant."""
        self.pay_debts(member_id)
        gone: dict[datetime, list[tuple[LotState, int]]] = defaultdict(list)
        for lot in sorted(self.accounts[member_id].lots, key=lambda lot: lot.rank):
            for instant, points in rules.run_out(lot, as_of=as_of, now=self.now):
                gone[instant].append((lot, points))
        for instant, used in sorted(gone.items(), key=lambda pair: pair[0]):
            for lot, points in used:
                lot.remaining -= points
                lot.swept.append((instant, points))
            self._debit(PlannedEntry(member_id, EntryKind.EXPIRY, -sum(points for _lot, points in used), instant), used)

    def pay_debts(self, member_id: int) -> None:
        """Let free points pay the member's debts. Holds that lapsed since the last posting may have freed some."""
        account = self.accounts[member_id]
        if not account.debts:
            return
        for paid in rules.pay_debts(account.debts, account.lots, now=self.now):
            entry = paid.debt.entry_ref
            assert isinstance(entry, PlannedEntry | int)
            self._restore(paid.lot, paid.restored)
            self.allocations.append((entry, paid.lot, paid.points, paid.occurred_at))
            if paid.debt.id is not None:
                self.paid_debts[paid.debt.id] += paid.points
        account.debts = [debt for debt in account.debts if debt.remaining]

    def _add_lot(self, entry: PlannedEntry, part: Part, *, available_at: datetime, expires_at: datetime | None) -> None:
        lot = LotState(
            member_id=entry.member_id,
            points=part.points,
            remaining=part.points,
            occurred_at=entry.occurred_at,
            available_at=available_at,
            expires_at=expires_at,
            source=part.source,
            funder_id=part.funder_id,
            # A grace lot was given back for an order, not earned by it.
            order_ref=order_ref(entry.order) if entry.order is not None and part.source != LotSource.GRACE else None,
        )
        self.new_lots.append((entry, lot))
        self.accounts[entry.member_id].lots.append(lot)

    def _fill(self, usable: Sequence[tuple[LotState, int]], wanted: int, at: datetime) -> list[tuple[LotState, int]]:
        """Take `wanted` points from the usable lots in order, as of `at`."""
        used = []
        for lot, free in usable:
            points = min(free, wanted)
            if not points:
                break
            self._restore(lot, lot.take(points, at))
            wanted -= points
            used.append((lot, points))
        return used

    def _restore(self, lot: LotState, written_off: Sequence[tuple[datetime, int]]) -> None:
        """Take back an expiry that came too early: a document with an earlier date uses the points after all."""
        for instant, points in written_off:
            entry = PlannedEntry(lot.member_id, EntryKind.EXPIRY, points, instant)
            self.entries.append(entry)
            self.allocations.append((entry, lot, -points, instant))

    def _debit(self, entry: PlannedEntry, used: Sequence[tuple[LotState, int]]) -> None:
        self.entries.append(entry)
        for lot, points in used:
            self.allocations.append((entry, lot, points, entry.occurred_at))
        if entry.order is not None and entry.kind == EntryKind.REDEMPTION:
            self.spent_by_order[order_ref(entry.order)].extend(used)
