"""Balances, derived from lots and the clock; right as of any instant, whether or not a job ran."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, Sum

from accounts.models import Member
from loyalty.domain.ledger import reading
from loyalty.domain.ledger.lots import DebtState, LotState, pay_debts, run_out
from loyalty.enums import EntryKind
from loyalty.lib.clock import business_day
from loyalty.lib.rows import Query, fetch, id_set
from loyalty.models import Allocation, Debt, Lot, Programme

_TOTAL_CHUNK = 5000


class SumsOfKind(NamedTuple):
    """Points of a member's entries of a kind: those of credits, those of debits (below 0), and what was forgiven."""

    member_id: int
    kind: str
    credited: int
    debited: int
    forgiven: int


_LIFETIMES = Query(
    "SELECT member_id, kind, CAST(sum(CASE WHEN points > 0 THEN points ELSE 0 END) AS bigint), "
    "CAST(sum(CASE WHEN points < 0 THEN points ELSE 0 END) AS bigint), "
    "CAST(sum(forgiven) AS bigint) FROM loyalty_entry WHERE member_id :ids members AND occurred_at <= %(at)s GROUP BY member_id, kind",
    SumsOfKind,
)
_SPENT = (EntryKind.REDEMPTION, EntryKind.TRANSFER_OUT, EntryKind.REWARD, EntryKind.ADJUSTMENT)


@dataclass
class Lifetime:
    """Points over the whole life of an account; `saved` is the money that redeemed points were worth.

    earned − spent − expired − returned = available + pending + held − debt.
    """

    earned: int = 0
    spent: int = 0
    expired: int = 0
    returned: int = 0
    forgiven: int = 0
    saved: Decimal = Decimal("0.00")


@dataclass
class Standing:
    """What a till needs to know of a member's points at an instant. A lapsed hold's points are available again."""

    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0


@dataclass
class Balance(Standing):
    """All of a member's points at an instant. Dates are business days: available from, and gone from, their start.

    `expiring_by_date` covers the programme's expiring window.
    """

    pending_by_date: dict[date, int] = field(default_factory=dict)
    expiring_by_date: dict[date, int] = field(default_factory=dict)
    lifetime: Lifetime = field(default_factory=Lifetime)

    @property
    def expiring(self) -> int:
        """Points that will be gone within the expiring window."""
        return sum(self.expiring_by_date.values())


def member_balance(member_id: int, *, programme: Programme, at: datetime) -> Balance:
    """One member's balance as of an instant."""
    return balances([member_id], programme=programme, at=at)[member_id]


def balances(member_ids: Collection[int], *, programme: Programme, at: datetime) -> dict[int, Balance]:
    """Balances of several members as of an instant, at a constant number of queries.

    Counts entries and allocations with `occurred_at` ≤ `at`, and the clock at `at`.
    """
    found, sums = fetch(reading.ask_standing(member_ids, at=at), _LIFETIMES.ask(members=member_ids, at=at))
    state = reading.read(found)
    result = _present(member_ids, state, programme=programme, at=at) or _as_of(member_ids, state, programme=programme, at=at)
    _add_lifetime(result, sums, programme)
    for balance in result.values():
        balance.pending_by_date = dict(sorted(balance.pending_by_date.items()))
        balance.expiring_by_date = dict(sorted(balance.expiring_by_date.items()))
    return result


def standings(member_ids: Collection[int], *, programme: Programme, at: datetime) -> dict[int, Standing]:
    """What members have at the present instant `at`, in one query unless somebody owed once or was posted to ahead of time."""
    state = reading.read(reading.ask_standing(member_ids, at=at).rows())
    # A call that began later may have placed a hold already.
    at = max([at, *(pin.since for lot in state.lots.values() for pin in lot.pins if pin.is_open)])
    return dict(_present(member_ids, state, programme=programme, at=at) or _as_of(member_ids, state, programme=programme, at=at))


def _present(member_ids: Collection[int], state: reading.State, *, programme: Programme, at: datetime) -> dict[int, Balance] | None:
    """Balances by what stands open; None where that isn't all: somebody owed once, or was posted to after `at`."""
    if state.later or state.owed or state.more:
        return None
    result = {member_id: Balance() for member_id in member_ids}
    owned: dict[int, list[LotState]] = defaultdict(list)
    for lot in state.lots.values():
        owned[lot.member_id].append(lot)
    for member_id, lots in owned.items():
        _classify(result[member_id], lots, programme=programme, at=at)
    return result


def _as_of(member_ids: Collection[int], state: reading.State, *, programme: Programme, at: datetime) -> dict[int, Balance]:
    """Balances as of any instant, without their lifetimes."""
    result = {member_id: Balance() for member_id in member_ids}
    lots, debts = _state(member_ids, at, posted_later=state.later)
    for member_id, owed in debts.items():
        pay_debts(owed, lots[member_id], now=at)
        result[member_id].debt = sum(debt.remaining for debt in owed)
    for member_id, owned in lots.items():
        _classify(result[member_id], owned, programme=programme, at=at)
    return result


def total_balance(*, programme: Programme, at: datetime) -> Balance:
    """The sum of all members' balances as of an instant. Memory stays flat: members are taken in chunks."""
    total = Balance()
    for chunk in _member_chunks():
        for balance in balances(chunk, programme=programme, at=at).values():
            _add(total, balance)
    total.pending_by_date = dict(sorted(total.pending_by_date.items()))
    total.expiring_by_date = dict(sorted(total.expiring_by_date.items()))
    return total


def _state(member_ids: Collection[int], at: datetime, *, posted_later: bool) -> tuple[dict[int, list[LotState]], dict[int, list[DebtState]]]:
    """Lots with points left, and debts, as they stood at an instant."""
    members = id_set(member_ids)
    debts: dict[int, list[DebtState]] = defaultdict(list)
    # What was allocated after the instant is put back: a debt's settlements first, as its entry may be older.
    later: dict[int, int] = defaultdict(int)
    paid_later: dict[int, int] = defaultdict(int)
    settlements = Allocation.objects.filter(entry__debt__member_id__in=members, occurred_at__gt=at, entry__occurred_at__lte=at)
    for entry_id, lot_id, points in settlements.values_list("entry_id", "lot_id", "points"):
        later[lot_id] += points
        paid_later[entry_id] += points
    if posted_later:
        after = Allocation.objects.filter(entry__member_id__in=members, entry__occurred_at__gt=at)
        for lot_id, points in after.values_list("lot_id").annotate(Sum("points")).order_by():
            later[lot_id] += points
    open_or_paid_later = Q(remaining__gt=0) | Q(pk__in=id_set(paid_later)) if paid_later else Q(remaining__gt=0)
    owed = Debt.objects.filter(open_or_paid_later, member_id__in=members, occurred_at__lte=at)
    for pk, member_id, remaining, occurred_at in owed.values_list("pk", "member_id", "remaining", "occurred_at"):
        debts[member_id].append(DebtState(member_id, remaining + paid_later[pk], occurred_at, entry_ref=pk, id=pk))
    lots: dict[int, list[LotState]] = defaultdict(list)
    by_id: dict[int, LotState] = {}
    # Without the alternative the partial index of open lots serves.
    open_or_used_later = Q(is_open=True) | Q(pk__in=id_set(later)) if later else Q(is_open=True)
    rows = Lot.objects.filter(open_or_used_later, member_id__in=members, occurred_at__lte=at)
    for pk, member_id, points, remaining, occurred_at, available_at, expires_at, source in rows.values_list(
        "pk", "member_id", "points", "remaining", "occurred_at", "available_at", "expires_at", "source"
    ):
        lot = LotState(member_id, points, remaining + later[pk], occurred_at, available_at, expires_at, source, id=pk)
        by_id[pk] = lot
        lots[member_id].append(lot)
    since = min([at, *(debt.occurred_at for owed_by in debts.values() for debt in owed_by)])
    for lot_id, pin in reading.pins(member_ids, since=since):
        if lot_id in by_id and pin.since <= at:
            by_id[lot_id].pins.append(pin)
    if debts:
        moves = Allocation.objects.filter(lot_id__in=id_set(by_id), occurred_at__gt=since, occurred_at__lte=at).exclude(entry__kind=EntryKind.EXPIRY)
        for lot_id, points, occurred_at in moves.values_list("lot_id", "points", "occurred_at"):
            by_id[lot_id].moves.append((occurred_at, points))
    return lots, debts


def _classify(balance: Balance, lots: list[LotState], *, programme: Programme, at: datetime) -> None:
    zone = programme.zone
    window_ends = business_day(at, zone) + timedelta(days=programme.expiring_window_days)
    for lot in lots:
        held = lot.held_at(at)
        free = lot.remaining - held
        balance.held += held
        if not lot.alive_at(at):
            # Not yet written off by the job, gone all the same.
            balance.lifetime.expired += sum(points for _instant, points in run_out(lot, as_of=at, now=at))
        elif lot.available_at > at:
            balance.pending += free
            day = business_day(lot.available_at, zone)
            balance.pending_by_date[day] = balance.pending_by_date.get(day, 0) + free
        elif free:
            balance.available += free
            if lot.expires_at is not None and (day := business_day(lot.expires_at, zone)) <= window_ends:
                balance.expiring_by_date[day] = balance.expiring_by_date.get(day, 0) + free


def _add_lifetime(result: dict[int, Balance], sums: Sequence[SumsOfKind], programme: Programme) -> None:
    """Sums of the entries by kind and sign; a redemption given back is not spent."""
    for member_id, kind, credited, debited, forgiven in sums:
        lifetime = result[member_id].lifetime
        lifetime.forgiven += forgiven
        if kind == EntryKind.RETURN_REDEMPTION:
            lifetime.spent -= credited
            lifetime.saved -= credited * programme.point_value
        elif kind != EntryKind.EXPIRY:
            lifetime.earned += credited
        if kind == EntryKind.EXPIRY:
            # A credit of this kind takes back an expiry that a late document made void.
            lifetime.expired -= debited + credited
        elif kind in (EntryKind.RETURN_ACCRUAL, EntryKind.QUEST):
            lifetime.returned -= debited
        elif kind in _SPENT:
            lifetime.spent -= debited
            if kind == EntryKind.REDEMPTION:
                lifetime.saved -= debited * programme.point_value
    for balance in result.values():
        balance.lifetime.saved = balance.lifetime.saved.quantize(Decimal("0.01"))


def _member_chunks() -> Iterator[list[int]]:
    last = 0
    while chunk := list(Member.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_TOTAL_CHUNK]):
        yield chunk
        last = chunk[-1]


def _add(total: Balance, one: Balance) -> None:
    for name in ("available", "pending", "held", "debt"):
        setattr(total, name, getattr(total, name) + getattr(one, name))
    for name in ("earned", "spent", "expired", "returned", "forgiven", "saved"):
        setattr(total.lifetime, name, getattr(total.lifetime, name) + getattr(one.lifetime, name))
    for name in ("pending_by_date", "expiring_by_date"):
        sums: dict[date, int] = getattr(total, name)
        for day, points in getattr(one, name).items():
            sums[day] = sums.get(day, 0) + points
