"""The one door to the ledger: nothing else writes Entry, Lot, Allocation, Debt and Hold.

A caller opens a Book inside its transaction (which locks the members), applies postings to it, and writes
it: a constant number of statements however many postings. Points are whole, instants UTC.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Min

from loyalty.domain import events
from loyalty.domain.ledger import mass
from loyalty.domain.ledger import reading as state
from loyalty.domain.ledger.book import Account, Book, Part, PlannedEntry
from loyalty.domain.ledger.lots import DebtState
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.batch import Batch
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import Ask, fetch, id_set, next_ids
from loyalty.models import Allocation, Debt, Entry, Hold, Lot

_ENTRY_COLUMNS = ("id", "member", "kind", "points", "forgiven", "occurred_at", "created_at", "key", "order", "order_return", "partner", "actor", "reason")
_LOT_COLUMNS = ("id", "entry", "member", "source", "funder", "points", "remaining", "occurred_at", "available_at", "expires_at")


@dataclass(slots=True, frozen=True)
class Credit:
    """A posting that adds points, as one lot a part."""

    entry: PlannedEntry
    parts: tuple[Part, ...]
    available_at: datetime
    expires_at: datetime | None


@dataclass(slots=True, frozen=True)
class Spend:
    """A posting that debits −`entry.points` of what is available."""

    entry: PlannedEntry


@dataclass(slots=True, frozen=True)
class Expired:
    """What an expiry run wrote: members who lost points, entries, points."""

    members: int
    entries: int
    points: int


def post(postings: Sequence[Credit | Spend], *, now: datetime) -> list[Entry]:
    """Apply postings in their order, all or none, and return their entries in the same order.

    A posting whose key is known already is not applied again: its first entry comes back. Raises
    DomainError (insufficient_points, unknown_member) if any is refused; then nothing is written.
    """
    members = {posting.entry.member_id for posting in postings}
    keys = {posting.entry.key for posting in postings if posting.entry.key}
    # If every key turns out to be known, nothing is locked either.
    wanted = len(keys) if all(posting.entry.key for posting in postings) else state.ALWAYS
    with transaction.atomic():
        (locked,), found, book = _load(
            members,
            debited={posting.entry.member_id for posting in postings if isinstance(posting, Spend)},
            since=min((posting.entry.occurred_at for posting in postings), default=now),
            now=now,
            reserve=(len(postings), sum(len(posting.parts) for posting in postings if isinstance(posting, Credit))),
            keys=keys,
            wanted=wanted,
            first=[state.lock_unless_known(members, keys=keys, wanted=wanted)],
        )
        known = found.known
        if len(known) < wanted:
            _require_members(members, locked)
        done: dict[str, PlannedEntry] = {}
        for posting in postings:
            key = posting.entry.key
            if key and (key in known or key in done):
                continue
            if key:
                done[key] = posting.entry
            if isinstance(posting, Credit):
                book.credit(posting.entry, parts=posting.parts, available_at=posting.available_at, expires_at=posting.expires_at)
            else:
                book.spend(posting.entry)
        write(book)
    first = Entry.objects.in_bulk(known.values()) if known else {}
    return [first[known[key]] if (key := posting.entry.key) in known else _entry(done[key] if key else posting.entry, created_at=now) for posting in postings]


def open_book(
    members: Collection[int],
    *,
    debited: Collection[int],
    orders: Collection[int] = (),
    holds: Collection[UUID] = (),
    since: datetime,
    now: datetime,
    reserve: tuple[int, int] = (0, 0),
    also_read: Sequence[Ask[Any]] = (),
) -> tuple[Book, Sequence[list[Any]]]:
    """Lock members (in the order of their ids, so that nobody deadlocks) and load what postings to them need.

    `debited` names the members who will be debited, `orders` the saved orders whose points a return touches,
    `since` the earliest `occurred_at` to be posted, `reserve` how many entries and lots are likely. `also_read` is
    read behind the lock as well; its rows come back. Must run inside a transaction; raises unknown_member.
    """
    _require_transaction()
    lock = [state.lock(members)]
    if holds:
        # A hold may have changed while its member's lock was waited for.
        lock_members(members)
        lock = []
    found, _state, book = _load(members, debited=debited, orders=orders, holds=holds, since=since, now=now, reserve=reserve, first=[*lock, *also_read])
    if lock:
        _require_members(members, found[0])
    return book, found[len(lock) :]


def write(book: Book, *, batch: Batch | None = None, more_events: Sequence[events.News] = ()) -> None:
    """Write what a Book planned: entries, lots, allocations, debts and events, together with what `batch` holds already.

    Sets the ids of its entries. `more_events` are written too.
    """
    batch = batch or Batch()
    number(book)
    batch.insert(Entry, _ENTRY_COLUMNS, [_entry_row(entry, book.now) for entry in book.entries])
    lots = [
        (lot.id, entry.id, lot.member_id, lot.source, lot.funder_id, lot.points, lot.remaining, lot.occurred_at, lot.available_at, lot.expires_at)
        for entry, lot in book.new_lots
    ]
    batch.insert(Lot, _LOT_COLUMNS, lots)
    fresh = {lot.id for _entry, lot in book.new_lots}
    moved: dict[int, int] = defaultdict(int)
    allocations = []
    for owner, lot, points, occurred_at in book.allocations:
        assert lot.id is not None
        allocations.append((owner if isinstance(owner, int) else owner.id, lot.id, points, occurred_at))
        if lot.id not in fresh:
            moved[lot.id] -= points
    batch.insert(Allocation, ("entry", "lot", "points", "occurred_at"), allocations)
    batch.add(Lot, "remaining", moved)
    debts = []
    for debt, points in book.new_debts:
        assert isinstance(debt.entry_ref, PlannedEntry)
        debts.append((debt.entry_ref.id, debt.member_id, points, debt.remaining, debt.occurred_at))
    batch.insert(Debt, ("entry", "member", "points", "remaining", "occurred_at"), debts)
    batch.add(Debt, "remaining", {pk: -points for pk, points in book.paid_debts.items()})
    moved_points = [(_event_kind(entry), entry.member_id, entry.occurred_at, _event_payload(entry)) for entry in book.entries]
    events.record([*moved_points, *more_events], now=book.now, batch=batch)
    batch.run()
    if book.captured:
        for hold, entry in book.captured:
            hold.entry_id = entry.id
        Hold.objects.bulk_update([hold for hold, _entry in book.captured], ["state", "ended_at", "captured_points", "entry"])


def number(book: Book) -> None:
    """Give the planned entries and lots their ids. What was reserved when the book was loaded is used first."""
    missing = (len(book.entries) - len(book.entry_ids), len(book.new_lots) - len(book.lot_ids))
    if max(missing) > 0:
        entries, lots = max(0, missing[0]), max(0, missing[1])
        more = next_ids((Entry, entries, len(book.entry_ids)), (Lot, lots, len(book.lot_ids))).rows()
        book.entry_ids = book.entry_ids + [one.id for one in more if one.place == 0]
        book.lot_ids = book.lot_ids + [one.id for one in more if one.place == 1]
    for entry, pk in zip(book.entries, book.entry_ids, strict=False):
        entry.id = pk
    for (_entry_of, lot), pk in zip(book.new_lots, book.lot_ids, strict=False):
        lot.id = pk


def expire_points(*, now: datetime, as_of: datetime | None = None, report: mass.Report | None = None) -> Expired:
    """Write the expiry entries of lots that had run out by `as_of` (default: now). Safe to stop and repeat.

    In short transactions, each given to `report`; several runs share the work.
    """
    at = as_of or now
    wrote: list[Expired] = []

    def take(after: int, lots: int) -> list[int]:
        due = Lot.objects.filter(is_open=True, expires_at__lte=at, member_id__gt=after)
        return list(dict.fromkeys(due.order_by("member_id").values_list("member_id", flat=True)[:lots]))

    def work(members: list[int]) -> int:
        wrote.append(_write_off(members, as_of=at, now=now))
        return wrote[-1].entries

    top = Lot.objects.filter(is_open=True, expires_at__lte=at).aggregate(top=Max("member_id"))["top"] or 0
    mass.in_portions(take, work, top=top, report=report)
    return Expired(sum(one.members for one in wrote), sum(one.entries for one in wrote), sum(one.points for one in wrote))


def credit_each(members: Iterable[int], gift: mass.Gift, *, now: datetime, report: mass.Report | None = None) -> int:
    """Credit the same to each of many members, once each; returns how many had not had it. Safe to stop and repeat.

    In short transactions, each given to `report`; several runs share the work. An id that is no member's is passed over.
    """
    everybody = sorted(set(members))
    credited = 0

    def take(after: int, count: int) -> list[int]:
        for first in range(bisect_right(everybody, after), len(everybody), count):
            if without := _without(gift, everybody[first : first + count]):
                return without
        return []

    def work(locked: list[int]) -> int:
        nonlocal credited
        plain = mass.credit_plain(locked, gift, now=now)
        special = _without(gift, plain.special) if plain.special else []
        if special:
            post([_one_of(gift, pk) for pk in special], now=now)
        credited += plain.entries + len(special)
        return plain.entries + len(special)

    mass.in_portions(take, work, top=everybody[-1] if everybody else 0, report=report)
    return credited


def _write_off(members: Collection[int], *, as_of: datetime, now: datetime) -> Expired:
    """Write off what had run out of members who are locked."""
    plain = mass.write_off_plain(members, as_of=as_of, now=now)
    if not plain.special:
        return Expired(plain.members, plain.entries, plain.points)
    due = Lot.objects.filter(is_open=True, expires_at__lte=as_of, member_id__in=id_set(plain.special))
    since = due.aggregate(first=Min("expires_at"))["first"]
    book = load_book(plain.special, debited=plain.special, since=since or as_of, now=now)
    for member_id in plain.special:
        book.write_off(member_id, as_of=as_of)
    write(book)
    touched = {entry.member_id for entry in book.entries}
    return Expired(plain.members + len(touched), plain.entries + len(book.entries), plain.points - sum(entry.points for entry in book.entries))


def _one_of(gift: mass.Gift, member_id: int) -> Credit:
    """What one member is credited."""
    entry = PlannedEntry(member_id, gift.kind, gift.points, gift.occurred_at, key=gift.key_of(member_id), partner_id=gift.funder_id, reason=gift.reason)
    return Credit(entry, (Part(gift.points, gift.source, gift.funder_id),), gift.available_at, gift.expires_at)


def _without(gift: mass.Gift, members: Sequence[int]) -> list[int]:
    """Those of the members who don't have the gift yet."""
    keys = {gift.key_of(pk): pk for pk in members}
    known = {one.key for one in mass.KNOWN_KEYS.ask(keys=keys).rows()}
    return sorted(keys[key] for key in keys.keys() - known)


def lock_members(members: Collection[int]) -> None:
    """Row locks on PostgreSQL, in the order of ids; on SQLite the transaction itself excludes other writers."""
    _require_transaction()
    _require_members(members, state.lock(members).rows())


def load_book(
    members: Collection[int],
    *,
    debited: Collection[int],
    orders: Collection[int] = (),
    holds: Collection[UUID] = (),
    since: datetime,
    now: datetime,
) -> Book:
    """What postings need of members that are locked already; see open_book."""
    return _load(members, debited=debited, orders=orders, holds=holds, since=since, now=now)[2]


def _load(
    members: Collection[int],
    *,
    debited: Collection[int],
    orders: Collection[int] = (),
    holds: Collection[UUID] = (),
    since: datetime,
    now: datetime,
    reserve: tuple[int, int] = (0, 0),
    keys: Collection[str] = (),
    wanted: int = state.ALWAYS,
    first: Sequence[Ask[Any]] = (),
) -> tuple[Sequence[list[Any]], state.State, Book]:
    """The rows of what is asked `first` (a lock, before what it protects), what was found, and the book.

    One round trip, unless somebody has debts or lots that aren't open matter.
    """
    book = Book(now=now, accounts={member_id: Account() for member_id in members})
    if holds:
        book.holds = Hold.objects.in_bulk(list(holds))
        since = min([since, *(hold.occurred_at for hold in book.holds.values())])
    asked = state.ask(members, debited=debited, orders=orders, since=since, keys=keys, wanted=wanted, reserve=reserve)
    *before, answer = fetch(*first, asked)
    found = state.read(answer)
    book.entry_ids, book.lot_ids = found.entry_ids, found.lot_ids
    for debt in found.debts:
        book.accounts[debt.member_id].debts.append(DebtState(debt.member_id, debt.remaining, debt.occurred_at, entry_ref=debt.entry_id, id=debt.entry_id))
    if found.debts:
        # Debtors' points move too, and as of the debt.
        since = min(since, *(debt.occurred_at for debt in found.debts))
        debtors = {debt.member_id for debt in found.debts}
        again = state.ask(members, debited=debtors.union(debited), orders=orders, since=since)
        found.take_lots(state.read(again.rows()))
    if missing := found.missing_lots():
        # Lots beyond the open ones bring their later moves.
        found.add_lots(state.read(state.ask_lots(missing, since=since).rows()))
    for use in found.uses:
        book.spent_by_order[use.order_id].append((found.lots[use.lot_id], use.points))
    for lot in found.lots.values():
        book.accounts[lot.member_id].lots.append(lot)
    return before, found, book


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger is written inside a transaction only")


def _require_members(members: Collection[int], found: Sequence[state.Locked]) -> None:
    if missing := sorted(set(members) - {member.id for member in found}):
        raise DomainError("unknown_member", f"There is no member {missing[0]}.")


def _entry(planned: PlannedEntry, *, created_at: datetime) -> Entry:
    """The row that was written for a planned entry."""
    entry = Entry(*_entry_row(planned, created_at))
    entry._state.adding, entry._state.db = False, "default"
    return entry


def _entry_row(entry: PlannedEntry, now: datetime) -> tuple[object, ...]:
    order_id = entry.order.pk if entry.order is not None else None
    return_id = entry.order_return.pk if entry.order_return is not None else None
    return (
        entry.id,
        entry.member_id,
        entry.kind,
        entry.points,
        entry.forgiven,
        entry.occurred_at,
        now,
        entry.key,
        order_id,
        return_id,
        entry.partner_id,
        entry.actor_id,
        entry.reason,
    )


def _event_kind(entry: PlannedEntry) -> EventKind:
    if entry.kind == EntryKind.EXPIRY:
        return EventKind.POINTS_EXPIRED
    if entry.kind == EntryKind.RETURN_ACCRUAL:
        return EventKind.POINTS_TAKEN_BACK
    return EventKind.POINTS_CREDITED if entry.points > 0 else EventKind.POINTS_SPENT


def _event_payload(entry: PlannedEntry) -> dict[str, object]:
    return {"entry": entry.id, "kind": entry.kind, "points": entry.points, "order": entry.order.pk if entry.order is not None else None}
