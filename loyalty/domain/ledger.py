"""The one door to the ledger: nothing else writes Entry, Lot, Allocation, Debt and Hold.

A caller opens a Book inside its transaction (which locks the members), applies postings to it, and writes
it: a constant number of statements however many postings. Points are whole, instants UTC.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet

from accounts.models import Member
from loyalty.domain import events
from loyalty.domain.book import Account, Book, Part, PlannedEntry, require_open
from loyalty.domain.lots import DebtState, LotState, Pin
from loyalty.enums import EntryKind, EventKind, HoldState, LotSource
from loyalty.lib import bulk
from loyalty.lib.errors import DomainError
from loyalty.models import Allocation, Debt, Entry, Hold, HoldPin, Lot

_EXPIRY_CHUNK = 500
_ENTRY_COLUMNS = ("member", "kind", "points", "forgiven", "occurred_at", "created_at", "key", "order", "order_return", "partner", "actor", "reason")
_LOT_COLUMNS = ("entry", "member", "source", "funder", "points", "remaining", "occurred_at", "available_at", "expires_at")


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
    """What an expiry run wrote: members looked at, entries, points."""

    members: int
    entries: int
    points: int


def post(postings: Sequence[Credit | Spend], *, now: datetime) -> list[Entry]:
    """Apply postings in their order, all or none, and return their entries in the same order.

    A posting whose key is known already is not applied again: its first entry comes back. Raises
    DomainError (insufficient_points, unknown_member) if any is refused; then nothing is written.
    """
    with transaction.atomic():
        members = {posting.entry.member_id for posting in postings}
        lock_members(members)
        keys = [posting.entry.key for posting in postings if posting.entry.key]
        known = dict(Entry.objects.filter(key__in=bulk.text_set(keys)).values_list("key", "pk")) if keys else {}
        first = {posting.entry.key: posting for posting in reversed(postings)}
        new = [posting for posting in postings if not posting.entry.key or (posting.entry.key not in known and first[posting.entry.key] is posting)]
        if new:
            book = load_book(
                {posting.entry.member_id for posting in new},
                debited={posting.entry.member_id for posting in new if isinstance(posting, Spend)},
                since=min(posting.entry.occurred_at for posting in new),
                now=now,
            )
            for posting in new:
                if isinstance(posting, Credit):
                    book.credit(posting.entry, parts=posting.parts, available_at=posting.available_at, expires_at=posting.expires_at)
                else:
                    book.spend(posting.entry)
            write(book)
        ids = [known.get(key) or first[key].entry.id if (key := posting.entry.key) else posting.entry.id for posting in postings]
        entries = Entry.objects.in_bulk(ids)
        return [entries[pk] for pk in ids if pk is not None]


def open_book(members: Collection[int], *, debited: Collection[int], orders: Collection[int] = (), since: datetime, now: datetime) -> Book:
    """Lock members (in the order of their ids, so that nobody deadlocks) and load what postings to them need.

    `debited` names the members who will be debited, `orders` the saved orders whose points a return touches,
    `since` the earliest `occurred_at` to be posted. Must run inside a transaction; raises unknown_member.
    """
    lock_members(members)
    return load_book(members, debited=debited, orders=orders, since=since, now=now)


def write(book: Book) -> None:
    """Write what a Book planned: entries, lots, allocations, debts and events. Sets the ids of its entries."""
    for entry, pk in zip(
        book.entries, bulk.insert(Entry, _ENTRY_COLUMNS, [_entry_row(entry, book.now) for entry in book.entries], returning=True), strict=True
    ):
        entry.id = pk
    rows = [
        (entry.id, lot.member_id, lot.source, lot.funder_id, lot.points, lot.remaining, lot.occurred_at, lot.available_at, lot.expires_at)
        for entry, lot in book.new_lots
    ]
    for (_entry, lot), pk in zip(book.new_lots, bulk.insert(Lot, _LOT_COLUMNS, rows, returning=True), strict=True):
        lot.id = pk
    fresh = {id(lot) for _entry, lot in book.new_lots}
    moved: dict[int, int] = defaultdict(int)
    allocations = []
    for owner, lot, points, occurred_at in book.allocations:
        assert lot.id is not None
        allocations.append((owner if isinstance(owner, int) else owner.id, lot.id, points, occurred_at))
        if id(lot) not in fresh:
            moved[lot.id] -= points
    bulk.insert(Allocation, ("entry", "lot", "points", "occurred_at"), allocations)
    _add_exactly(Lot, moved)
    debts = []
    for debt, points in book.new_debts:
        assert isinstance(debt.entry_ref, PlannedEntry)
        debts.append((debt.entry_ref.id, debt.member_id, points, debt.remaining, debt.occurred_at))
    bulk.insert(Debt, ("entry", "member", "points", "remaining", "occurred_at"), debts)
    _add_exactly(Debt, {pk: -points for pk, points in book.paid_debts.items()})
    if book.captured:
        for hold, entry in book.captured:
            hold.entry_id = entry.id
        Hold.objects.bulk_update([hold for hold, _entry in book.captured], ["state", "ended_at", "captured_points", "entry"])
    events.record([(_event_kind(entry), entry.member_id, entry.occurred_at, _event_payload(entry)) for entry in book.entries], now=book.now)


def place_hold(
    *,
    member_id: int,
    points: int,
    ttl: timedelta,
    now: datetime,
    partner_id: int | None = None,
    key: str | None = None,
    awaiting_member: bool = False,
) -> Hold:
    """Set available points aside until now + ttl; with `awaiting_member` they can be captured once the member agrees.

    A known key gives the first hold again. Raises DomainError: points_not_positive, insufficient_points, unknown_member.
    """
    if points <= 0:
        raise DomainError("points_not_positive", "A hold sets aside at least 1 point.")
    with transaction.atomic():
        lock_members({member_id})
        if key and (known := Hold.objects.filter(key=key).first()):
            return known
        book = load_book({member_id}, debited={member_id}, since=now, now=now)
        # A spend finds the lots; only its plan is kept, as pins instead of allocations.
        plan = PlannedEntry(member_id, EntryKind.REDEMPTION, -points, now)
        book.spend(plan)
        pins = [allocation for allocation in book.allocations if allocation[0] is plan]
        book.allocations = [allocation for allocation in book.allocations if allocation[0] is not plan]
        book.entries.remove(plan)
        write(book)
        state = HoldState.AWAITING_MEMBER if awaiting_member else HoldState.ACTIVE
        hold = Hold.objects.create(member_id=member_id, partner_id=partner_id, points=points, state=state, occurred_at=now, expires_at=now + ttl, key=key)
        bulk.insert(HoldPin, ("hold", "lot", "points"), [(hold.pk, lot.id, pinned) for _entry, lot, pinned, _at in pins])
        return hold


def confirm_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """The member agrees to a waiting hold; agreeing twice changes nothing.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed.
    """
    with transaction.atomic():
        hold = _lock_open_hold(hold_id, now=now)
        hold.state = HoldState.ACTIVE
        hold.save(update_fields=["state"])
        return hold


def capture_hold(hold_id: UUID, *, points: int, now: datetime, key: str | None = None) -> Entry:
    """Spend up to what a hold set aside; the rest is free again. Honoured until the hold lapses.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed, hold_awaits_member, capture_above_hold.
    """
    with transaction.atomic():
        member_id, partner_id, placed_at = _hold_owner(hold_id)
        lock_members({member_id})
        book = load_book({member_id}, debited={member_id}, holds={hold_id}, since=placed_at, now=now)
        entry = PlannedEntry(member_id, EntryKind.REDEMPTION, -points, now, key=key, partner_id=partner_id)
        book.capture(entry, hold_id=hold_id)
        write(book)
        return Entry.objects.get(hold=hold_id)


def release_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """Make the points of a hold free again. A lot that ended meanwhile is left to expire.

    Raises DomainError: unknown_hold, hold_captured, hold_released, hold_lapsed.
    """
    with transaction.atomic():
        hold = _lock_open_hold(hold_id, now=now)
        hold.state, hold.ended_at = HoldState.RELEASED, now
        hold.save(update_fields=["state", "ended_at"])
        book = load_book({hold.member_id}, debited=(), since=hold.occurred_at, now=now)
        book.settle(hold.member_id)
        write(book)
        return hold


def expire(*, now: datetime, as_of: datetime | None = None) -> Expired:
    """Write the expiry entries of lots that had run out by `as_of` (default: now). Safe to stop and repeat."""
    as_of = as_of or now
    members = entries = points = 0
    last = 0
    while True:
        with transaction.atomic():
            due = Lot.objects.filter(remaining__gt=0, expires_at__lte=as_of, member_id__gt=last)
            first_end = dict(due.order_by("member_id").values_list("member_id").annotate(Min("expires_at"))[:_EXPIRY_CHUNK])
            if not first_end:
                return Expired(members, entries, points)
            chunk = list(first_end)
            last = chunk[-1]
            book = open_book(chunk, debited=chunk, since=min(first_end.values()), now=now)
            for member_id in chunk:
                book.expire(member_id, as_of=as_of)
            write(book)
            members += len(chunk)
            entries += len(book.entries)
            points -= sum(entry.points for entry in book.entries)


def lock_members(members: Collection[int]) -> None:
    """Row locks on PostgreSQL, in the order of ids; on SQLite the transaction itself excludes other writers."""
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger is written inside a transaction only")
    rows = Member.objects.filter(pk__in=bulk.id_set(sorted(members))).order_by("pk")
    found = set(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if missing := sorted(set(members) - found):
        raise DomainError("unknown_member", f"There is no member {missing[0]}.")


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
    book = Book(now=now, accounts={member_id: Account() for member_id in members})
    if holds:
        book.holds = Hold.objects.in_bulk(list(holds))
        since = min([since, *(hold.occurred_at for hold in book.holds.values())])
    rows = Debt.objects.filter(member_id__in=bulk.id_set(members), remaining__gt=0).values_list("pk", "member_id", "remaining", "occurred_at")
    for pk, member_id, remaining, occurred_at in rows:
        book.accounts[member_id].debts.append(DebtState(member_id, remaining, occurred_at, entry_ref=pk, id=pk))
        since = min(since, occurred_at)
    acting = {member_id for member_id, account in book.accounts.items() if account.debts}.union(debited)
    loaded = _load_lots(acting, orders, since=since)
    if orders:
        spent = Allocation.objects.filter(entry__order_id__in=bulk.id_set(orders), entry__kind=EntryKind.REDEMPTION).order_by("pk")
        uses = list(spent.values_list("entry__order_id", "lot_id", "points"))
        missing = {lot_id for _order, lot_id, _points in uses} - set(loaded)
        loaded |= _lot_states(Lot.objects.filter(pk__in=bulk.id_set(missing)))
        for order_id, lot_id, points in uses:
            book.spent_by_order[order_id].append((loaded[lot_id], points))
    for lot in loaded.values():
        book.accounts[lot.member_id].lots.append(lot)
    if loaded:
        moves = (
            Allocation.objects.filter(lot_id__in=bulk.id_set(loaded)).filter(Q(occurred_at__gt=since) | Q(entry__kind=EntryKind.EXPIRY)).order_by("occurred_at")
        )
        for lot_id, points, occurred_at, kind in moves.values_list("lot_id", "points", "occurred_at", "entry__kind"):
            _note_move(loaded[lot_id], points, occurred_at, kind)
        for lot_id, pin in load_pins(members, since=since):
            if lot_id in loaded:
                loaded[lot_id].pins.append(pin)
    return book


def _load_lots(members: Collection[int], orders: Collection[int], *, since: datetime) -> dict[int, LotState]:
    """Open lots of members, those that were written off after `since`, and those that orders earned."""
    wanted = Q()
    if members:
        written_off = Allocation.objects.filter(entry__member_id__in=bulk.id_set(members), entry__kind=EntryKind.EXPIRY, entry__occurred_at__gt=since)
        swept = set(written_off.values_list("lot_id", flat=True))
        # Without the alternative the partial index of open lots serves.
        wanted = Q(member_id__in=bulk.id_set(members), remaining__gt=0)
        if swept:
            wanted |= Q(pk__in=bulk.id_set(swept))
    loaded = _lot_states(Lot.objects.filter(wanted)) if wanted else {}
    return (
        loaded | {pk: lot for pk, lot in _lot_states(Lot.objects.filter(entry__order_id__in=bulk.id_set(orders))).items() if pk not in loaded}
        if orders
        else loaded
    )


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


def load_pins(members: Collection[int] | None, *, since: datetime) -> Iterable[tuple[int, Pin]]:
    """(lot id, pin) of the holds that lasted beyond `since`; None means all members."""
    pins = HoldPin.objects.filter(hold__expires_at__gt=since)
    if members is not None:
        pins = pins.filter(hold__member_id__in=bulk.id_set(members))
    rows = pins.values_list("lot_id", "points", "hold__occurred_at", "hold__ended_at", "hold__expires_at", "hold_id")
    for lot_id, points, occurred_at, ended_at, expires_at, hold_id in rows:
        yield lot_id, Pin(points, occurred_at, ended_at or expires_at, hold_id)


def _lot_states(lots: QuerySet[Lot]) -> dict[int, LotState]:
    columns = ("pk", "member_id", "points", "remaining", "occurred_at", "available_at", "expires_at", "source", "funder_id", "entry__order_id")
    return {
        pk: LotState(
            member_id=member_id,
            points=points,
            remaining=remaining,
            occurred_at=occurred_at,
            available_at=available_at,
            expires_at=expires_at,
            source=source,
            funder_id=funder_id,
            id=pk,
            # A grace lot was given back for an order, not earned by it.
            order_ref=order_id if source != LotSource.GRACE else None,
        )
        for pk, member_id, points, remaining, occurred_at, available_at, expires_at, source, funder_id, order_id in lots.values_list(*columns)
    }


def _hold_owner(hold_id: UUID) -> tuple[int, int | None, datetime]:
    """(member, partner, placed at) of a hold: these never change, so they may be read before the lock."""
    owner = Hold.objects.filter(pk=hold_id).values_list("member_id", "partner_id", "occurred_at").first()
    if owner is None:
        raise DomainError("unknown_hold", "There is no such hold.")
    return owner


def _lock_open_hold(hold_id: UUID, *, now: datetime) -> Hold:
    """The hold, its member locked, if it is still open at `now`."""
    lock_members({_hold_owner(hold_id)[0]})
    hold = Hold.objects.get(pk=hold_id)
    require_open(hold, now=now)
    return hold


def _add_exactly(model: type[Lot] | type[Debt], deltas: dict[int, int]) -> None:
    changed = bulk.add(model, "remaining", sorted((pk, delta) for pk, delta in deltas.items() if delta))
    if changed != sum(1 for delta in deltas.values() if delta):
        raise RuntimeError("a lot or debt vanished under lock")


def _entry_row(entry: PlannedEntry, now: datetime) -> tuple[object, ...]:
    order_id = entry.order.pk if entry.order is not None else None
    return_id = entry.order_return.pk if entry.order_return is not None else None
    return (
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
