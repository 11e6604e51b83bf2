"""Pure rules of lots: when they live, which serve first, how debts are paid. No query, no clock of its own."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.enums import ExpiryMode
from loyalty.lib.clock import business_day, last_day_of_month, start_of_day

GRACE_DAYS = 30
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, frozen=True)
class Pin:
    """Points of a lot that a hold sets aside from `since` until `until`. `is_open`: the hold has not been captured or released.

    Whoever finds an open hold behind the member's lock must leave it its points, even if it was placed by a
    call that began later than their own: calls get the lock in another order than they began.
    """

    points: int
    since: datetime
    until: datetime
    hold_id: Hashable = None
    is_open: bool = True

    def binds(self, instant: datetime) -> bool:
        """Whether the points were set aside at an instant."""
        return self.since <= instant < self.until

    def binds_now(self, now: datetime) -> bool:
        """Whether they are out of reach of what is recorded at `now`."""
        return now < self.until and (self.is_open or self.since <= now)


@dataclass(slots=True, eq=False)
class LotState:
    """A lot as it stands.

    `order_ref` names the order that earned it. `moves` are allocations later than the earliest posting at
    hand, as (instant, points), negative where points came back. `swept` is what expiry runs wrote off: it
    says that the lot had run out, so it binds nobody who comes with an earlier date.
    """

    member_id: int
    points: int
    remaining: int
    occurred_at: datetime
    available_at: datetime
    expires_at: datetime | None
    source: str
    funder_id: int | None = None
    id: int | None = None
    order_ref: Hashable = None
    pins: list[Pin] = field(default_factory=list)
    moves: list[tuple[datetime, int]] = field(default_factory=list)
    swept: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def rank(self) -> tuple[datetime, datetime, int]:
        """Lots serve by this: what expires first, then the oldest."""
        return (self.expires_at or _NEVER, self.occurred_at, self.id if self.id is not None else 2**62)

    @property
    def unspent(self) -> int:
        """Points that nobody used, written off or not."""
        return self.remaining + sum(points for _at, points in self.swept) if self.swept else self.remaining

    def alive_at(self, instant: datetime) -> bool:
        return self.expires_at is None or self.expires_at > instant

    def held_at(self, instant: datetime) -> int:
        """Points that open holds set aside at an instant (never more than are left)."""
        return min(self.remaining, sum(pin.points for pin in self.pins if pin.binds(instant)))

    def free_at(self, instant: datetime, now: datetime) -> int:
        """Points that a debit dated `instant` and recorded `now` may use.

        That is the least that was left at any time since, so that no balance as of a time between falls below
        zero; what is held then or now is out of reach.
        """
        if not self.pins and not self.moves:
            return self.unspent
        held = sum(pin.points for pin in self.pins if pin.binds(instant) or pin.binds_now(now))
        left = least = self.unspent
        for _at, points in sorted((move for move in self.moves if move[0] > instant), reverse=True):
            left += points
            least = min(least, left)
        return max(0, least - held)

    def free_instants(self, since: datetime, now: datetime) -> Iterator[datetime]:
        """`since`, then each later moment up to `now` at which points of this lot became free again."""
        yield since
        moments = {pin.until for pin in self.pins} | {at for at, points in self.moves if points < 0}
        yield from sorted(moment for moment in moments if since < moment <= now)

    def take(self, points: int, at: datetime) -> list[tuple[datetime, int]]:
        """Use points as of `at`. Returns (instant, points) of what had been written off and must be put back first."""
        restored = []
        while points > self.remaining:
            instant, written_off = self.swept.pop()
            back = min(written_off, points - self.remaining)
            if back < written_off:
                self.swept.append((instant, written_off - back))
            self.remaining += back
            if back:
                restored.append((instant, back))
        self.remaining -= points
        self.moves.append((at, points))
        return restored


@dataclass(slots=True, eq=False)
class DebtState:
    """A debit that no lot has covered yet. `entry_ref` is its entry (an id, or the new entry itself)."""

    member_id: int
    remaining: int
    occurred_at: datetime
    entry_ref: Hashable
    id: int | None = None


@dataclass(slots=True, frozen=True)
class DebtPayment:
    """`points` of a lot that pay a debt, as of an instant; `restored` as LotState.take says."""

    debt: DebtState
    lot: LotState
    points: int
    occurred_at: datetime
    restored: list[tuple[datetime, int]]


def available(lots: Iterable[LotState], *, at: datetime, now: datetime) -> Iterator[tuple[LotState, int]]:
    """The lots a spend dated `at` may use, in serving order, with their free points."""
    usable = [lot for lot in lots if lot.occurred_at <= at and lot.available_at <= at and lot.alive_at(at)]
    return ((lot, free) for lot in sorted(usable, key=lambda lot: lot.rank) if (free := lot.free_at(at, now)))


def takeable(lots: Iterable[LotState], *, own: Hashable, at: datetime, now: datetime) -> list[tuple[LotState, int]]:
    """The lots a return dated `at` may take from: those that the order `own` earned first, then in serving order.

    Pending lots serve too; with `own` None (a purchase the programme doesn't know) no lot comes first.
    """
    usable = [lot for lot in lots if lot.occurred_at <= at and lot.alive_at(at)]
    usable.sort(key=lambda lot: (own is None or lot.order_ref != own, *lot.rank))
    return [(lot, free) for lot in usable if (free := lot.free_at(at, now))]


def pay_debts(debts: Iterable[DebtState], lots: Iterable[LotState], *, now: datetime) -> list[DebtPayment]:
    """Let free points pay debts: a member with debt has no free points. Changes `remaining` of both.

    A lot pays from the moment that both it and the debt exist and its points are free; a lot that had
    ended by then does not serve. Debts are paid oldest first.
    """
    payments: list[DebtPayment] = []
    for debt in sorted(debts, key=lambda debt: (debt.occurred_at, debt.id or 2**62)):
        moments = sorted(
            ((instant, lot) for lot in lots if lot.unspent for instant in lot.free_instants(max(debt.occurred_at, lot.occurred_at), now)),
            key=lambda pair: (pair[0], pair[1].rank),
        )
        for instant, lot in moments:
            if not debt.remaining:
                break
            if not lot.alive_at(instant):
                continue
            points = min(debt.remaining, lot.free_at(instant, now))
            if points:
                debt.remaining -= points
                payments.append(DebtPayment(debt, lot, points, instant, lot.take(points, instant)))
    return payments


def run_out(lot: LotState, *, as_of: datetime, now: datetime) -> list[tuple[datetime, int]]:
    """What of a lot had run out by `as_of`: (instant, points). Held points run out when their hold ends. Pure."""
    if lot.expires_at is None or lot.expires_at > as_of:
        return []
    gone: list[tuple[datetime, int]] = []
    left = lot.remaining
    for instant in lot.free_instants(lot.expires_at, as_of):
        held = sum(pin.points for pin in lot.pins if pin.binds(instant) or pin.binds_now(max(now, as_of)))
        points = min(left, lot.remaining - held - sum(points for _at, points in gone))
        if points > 0:
            gone.append((instant, points))
            left -= points
    return gone


def available_from(*, bought: datetime, pending_days: int, zone: ZoneInfo) -> datetime:
    """From when points of a purchase may be spent: the start of the business day P + pending days.

    With no pending days, at once.
    """
    start = start_of_day(business_day(bought, zone) + timedelta(days=pending_days), zone)
    return max(start, bought)


def gone_from(*, begins: date, lifetime_days: int, mode: str, zone: ZoneInfo) -> datetime | None:
    """The instant from which a lot is gone, or None for never.

    `begins` is the business day on which it became available: bought on P with 7 pending days and 365 days
    of life, gone from the start of P+7+365; month_end and year_end: from the day after the end of the month
    or year in which that day falls.
    """
    if mode == ExpiryMode.NEVER:
        return None
    out = begins + timedelta(days=lifetime_days)
    if mode == ExpiryMode.MONTH_END:
        out = last_day_of_month(out) + timedelta(days=1)
    elif mode == ExpiryMode.YEAR_END:
        out = date(out.year + 1, 1, 1)
    return start_of_day(out, zone)


def grace_until(*, returned: datetime, zone: ZoneInfo) -> datetime:
    """The end of a grace lot: the start of the 30th business day after the return."""
    return start_of_day(business_day(returned, zone) + timedelta(days=GRACE_DAYS), zone)
