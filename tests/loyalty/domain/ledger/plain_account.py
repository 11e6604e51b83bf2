"""A member's points account in plain Python, written from DESIGN section 3 alone, to test the ledger against.

It keeps everything in lists and recomputes whatever it is asked from scratch: slow, short and without SQL.
Nothing of loyalty.domain is used, not even its arithmetic.
"""

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
GRACE_DAYS = 30


class Refused(Exception):
    """What the rules forbid."""


@dataclass
class Rules:
    zone: ZoneInfo
    pending_days: int = 7
    lifetime_days: int = 365
    mode: str = "days"
    rounding: str = "down"
    point_value: Fraction = Fraction(1)
    shortfall: str = "debt"
    share: int = 50
    window_days: int = 30
    base_pct: Fraction = Fraction(10)

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def gone(self, first_day: date) -> datetime:
        """Points that live from `first_day` on are gone from the start of this day."""
        if self.mode == "never":
            return FOREVER
        ends = first_day + timedelta(days=self.lifetime_days)
        if self.mode == "month_end":
            ends = ends.replace(day=calendar.monthrange(ends.year, ends.month)[1]) + timedelta(days=1)
        if self.mode == "year_end":
            ends = date(ends.year + 1, 1, 1)
        return self.midnight(ends)

    def points(self, money: Decimal) -> int:
        exact = Fraction(money) * self.base_pct / 100 / self.point_value
        if self.rounding == "half_up":
            exact += Fraction(1, 2)
        if self.rounding == "up" and exact.denominator > 1:
            exact += 1
        return exact.numerator // exact.denominator


@dataclass
class Pin:
    points: int
    since: datetime
    until: datetime


@dataclass
class PlainLot:
    points: int
    at: datetime
    begins: datetime
    ends: datetime
    number: int
    order: str | None = None
    used: list[tuple[datetime, int]] = field(default_factory=list)  # positive: consumed, negative: given back
    pins: list[Pin] = field(default_factory=list)

    def left(self, at: datetime) -> int:
        return self.points - sum(points for when, points in self.used if when <= at)

    def held(self, at: datetime) -> int:
        # A late return may have taken, as of a date before the hold, what was held then and is free by now: nothing holds more than is left.
        return min(self.left(at), sum(pin.points for pin in self.pins if pin.since <= at < pin.until))

    def free_from(self, at: datetime, clock: datetime) -> int:
        """What nobody uses at `at` nor at any instant after it, nor holds at `at` or by the wall clock."""
        later = [when for when, _points in self.used]
        return min(self.left(when) for when in [at, *later] if when >= at) - sum(
            pin.points for pin in self.pins if pin.since <= at < pin.until or pin.since <= clock < pin.until
        )

    def run_out(self, at: datetime) -> int:
        """What is gone by `at` by the clock alone: writing it off changes nothing."""
        return max(0, self.left(at) - self.held(at)) if self.ends <= at else 0


@dataclass
class PlainDebt:
    points: int
    at: datetime
    paid: list[tuple[datetime, int]] = field(default_factory=list)

    def left(self, at: datetime) -> int:
        return self.points - sum(points for when, points in self.paid if when <= at)


@dataclass
class PlainHold:
    points: int
    since: datetime
    until: datetime
    pins: list[tuple[PlainLot, Pin]]
    state: str = "active"


@dataclass
class PlainLine:
    sku: str
    value: Decimal  # after the order's discount
    paid: Decimal  # in money
    excluded: bool = False
    back: Decimal = Decimal(0)


@dataclass
class PlainOrder:
    at: datetime
    lines: list[PlainLine]
    earned: int
    redeemed: list[tuple[PlainLot, int]]
    taken: int = 0  # due so far by returns
    expired: int = 0  # of them counted as expired unspent
    restored: int = 0


@dataclass
class State:
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    pending_by_date: dict[date, int] = field(default_factory=dict)
    expiring_by_date: dict[date, int] = field(default_factory=dict)
    earned: int = 0
    spent: int = 0
    expired: int = 0
    returned: int = 0
    forgiven: int = 0


def share_out(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Pro rata to the kopeck; the kopecks left go by largest remainder, the earlier line first."""
    whole = sum(weights)
    if not total:
        return [Decimal(0)] * len(weights)
    exact = [Fraction(total) * 100 * Fraction(weight) / Fraction(whole) for weight in weights]
    kopecks = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (kopecks[i] - exact[i], i))
    for i in by_remainder[: int(total * 100) - sum(kopecks)]:
        kopecks[i] += 1
    return [Decimal(each) / 100 for each in kopecks]


class PlainAccount:
    """One member. Times are aware UTC; every method takes the business time `at`."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clock = FOREVER  # the wall clock of whoever posts: nothing is paid later than that
        self.lots: list[PlainLot] = []
        self.debts: list[PlainDebt] = []
        self.orders: dict[str, PlainOrder] = {}
        self.sums: list[tuple[datetime, str, int]] = []

    # What may happen

    def grant(self, points: int, at: datetime) -> None:
        """Welcome, adjustment…: available at once."""
        self._credit(points, at, begins=at, ends=self.rules.gone(self.rules.day(at)))
        self._note(at, "earned", points)
        self._settle()

    def spend(self, points: int, at: datetime) -> list[tuple[PlainLot, int]]:
        self._settle()
        return self._spend(points, at)

    def sale(self, order: str, at: datetime, lines: list[tuple[str, Decimal]], *, discount: Decimal = Decimal(0), redeem: int = 0, excluded: str = "") -> int:
        """Returns the points earned. Points paid with are worth their value, up to the share of the order."""
        amounts = [amount for _sku, amount in lines]
        values = [amount - off for amount, off in zip(amounts, share_out(discount, amounts), strict=True)]
        money = Decimal(int(redeem * self.rules.point_value * 100)) / 100
        if redeem and money * 100 > sum(values) * self.rules.share:
            raise Refused("share")
        self._settle()
        redeemed = self._spend(redeem, at) if redeem else []
        paid = [value - off for value, off in zip(values, share_out(money, values), strict=True)]
        made = [PlainLine(sku, value, each, sku == excluded) for (sku, _amount), value, each in zip(lines, values, paid, strict=True)]
        earned = self.rules.points(sum((line.paid for line in made if not line.excluded), Decimal(0)))
        self.orders[order] = PlainOrder(at, made, earned, redeemed)
        if earned:
            begins = self.rules.day(at) + timedelta(days=self.rules.pending_days)
            self._credit(earned, at, begins=self.rules.midnight(begins), ends=self.rules.gone(begins), order=order)
            self._note(at, "earned", earned)
        self._settle()
        return earned

    def return_known(self, name: str, at: datetime, goods: list[tuple[str, Decimal]]) -> None:
        """Goods name lines by SKU; one line a SKU here."""
        order = self.orders[name]
        for sku, value in goods:
            line = next(line for line in order.lines if line.sku == sku)
            if value > line.value - line.back:
                raise Refused("above order")
        if at < order.at:
            raise Refused("before order")
        for sku, value in goods:
            next(line for line in order.lines if line.sku == sku).back += value
        remainder = sum((self._paid_left(line) for line in order.lines if not line.excluded), Decimal(0))
        due = max(0, order.earned - self.rules.points(remainder) - order.taken)
        order.taken += due
        if due:
            self._take_back(due, at, name)
        self._give_back(order, at)
        self._settle()

    def return_unknown(self, at: datetime, money: Decimal) -> None:
        if due := self.rules.points(money):
            self._take_back(due, at, None)

    def hold(self, points: int, at: datetime, ttl: timedelta) -> PlainHold:
        self._settle()
        pins = []
        for lot, share in self._pick(points, at, lambda lot: lot.begins <= at):
            pin = Pin(share, at, at + ttl)
            lot.pins.append(pin)
            pins.append((lot, pin))
        return PlainHold(points, at, at + ttl, pins)

    def capture(self, hold: PlainHold, points: int, at: datetime) -> None:
        self._end(hold, at, "captured", points)
        for lot, pin in hold.pins:
            share = min(points, pin.points)
            points -= share
            if share:
                lot.used.append((at, share))
                self._note(at, "spent", share)
        self._settle()

    def release(self, hold: PlainHold, at: datetime) -> None:
        self._end(hold, at, "released", 0)
        self._settle()

    # What is seen

    def state(self, at: datetime) -> State:
        """As of an instant: what happened by then, the clock then, whether or not anything was written off."""
        seen = self._as_of(at)
        seen._settle(at)
        result = State()
        window = self.rules.day(at) + timedelta(days=self.rules.window_days)
        for lot in seen.lots:
            result.held += lot.held(at)
            free = lot.left(at) - lot.held(at)
            if lot.ends <= at:
                result.expired += lot.run_out(at)
            elif lot.begins > at:
                result.pending += free
                self._add(result.pending_by_date, self.rules.day(lot.begins), free)
            else:
                result.available += free
                if self.rules.day(lot.ends) <= window:
                    self._add(result.expiring_by_date, self.rules.day(lot.ends), free)
        result.debt = sum(debt.left(at) for debt in seen.debts)
        for when, name, points in self.sums:
            if when <= at:
                setattr(result, name, getattr(result, name) + points)
        return result

    # How

    def _credit(self, points: int, at: datetime, *, begins: datetime, ends: datetime, order: str | None = None) -> None:
        self.lots.append(PlainLot(points, at, begins, ends, len(self.lots), order))

    def _note(self, at: datetime, name: str, points: int) -> None:
        self.sums.append((at, name, points))

    def _in_order(self, at: datetime) -> list[PlainLot]:
        """Lots that existed and had not ended, those that expire first, then the oldest."""
        alive = [lot for lot in self.lots if lot.at <= at < lot.ends]
        return sorted(alive, key=lambda lot: (lot.ends, lot.at, lot.number))

    def _pick(self, points: int, at: datetime, fits: object, *, short: bool = False) -> list[tuple[PlainLot, int]]:
        picked = []
        for lot in self._in_order(at):
            if callable(fits) and fits(lot) and (share := min(points, lot.free_from(at, self.clock))) > 0:
                picked.append((lot, share))
                points -= share
        if points and not short:
            raise Refused("insufficient")
        return picked

    def _spend(self, points: int, at: datetime) -> list[tuple[PlainLot, int]]:
        picked = self._pick(points, at, lambda lot: lot.begins <= at)
        for lot, share in picked:
            lot.used.append((at, share))
        self._note(at, "spent", points)
        return picked

    @staticmethod
    def _paid_left(line: PlainLine) -> Decimal:
        if not line.back:
            return line.paid
        return line.paid - share_out(line.paid, [line.back, line.value - line.back])[0]

    def _take_back(self, due: int, at: datetime, order: str | None) -> None:
        self._settle()
        own = [lot for lot in self.lots if order is not None and lot.order == order and lot.at <= at]
        taken = 0
        if order is not None:
            # Gone unspent by the time of the return.
            unspent = sum(lot.run_out(at) for lot in own)
            counted = max(0, min(due, unspent - self.orders[order].expired))
            self.orders[order].expired += counted
            due -= counted
        for lot in own:
            if at < lot.ends:
                share = min(due, lot.free_from(at, self.clock))
                if share > 0:
                    lot.used.append((at, share))
                    taken += share
                    due -= share
        for lot, share in self._pick(due, at, lambda lot: True, short=True):
            lot.used.append((at, share))
            taken += share
            due -= share
        if due and self.rules.shortfall == "forgive":
            self._note(at, "forgiven", due)
        elif due:
            self.debts.append(PlainDebt(due, at))
            taken += due
        self._note(at, "returned", taken)
        self._settle()

    def _give_back(self, order: PlainOrder, at: datetime) -> None:
        redeemed = sum(points for _lot, points in order.redeemed)
        if not redeemed:
            return
        by_points = sum((line.value - line.paid for line in order.lines), Decimal(0))
        still = sum((line.value - line.back - self._paid_left(line) for line in order.lines), Decimal(0))
        everything = all(line.back == line.value for line in order.lines)
        back = redeemed if everything else int(Fraction(redeemed) * Fraction(by_points - still) / Fraction(by_points))
        skip, back = order.restored, max(0, back - order.restored)
        order.restored += back
        if back:
            self._note(at, "spent", -back)
        for lot, points in reversed(order.redeemed):
            here = min(max(0, points - skip), back)
            skip = max(0, skip - points)
            back -= here
            if here and at < lot.ends:
                lot.used.append((at, -here))
            elif here:
                self._credit(here, at, begins=at, ends=self.rules.midnight(self.rules.day(at) + timedelta(days=GRACE_DAYS)))

    def _end(self, hold: PlainHold, at: datetime, state: str, points: int) -> None:
        if hold.state != "active":
            raise Refused(hold.state)
        if at >= hold.until:
            raise Refused("lapsed")
        if points > hold.points:
            raise Refused("above hold")
        hold.state = state
        for _lot, pin in hold.pins:
            pin.until = at

    def _settle(self, until: datetime | None = None) -> None:
        """No free points next to a debt: each debt is paid as early as a lot has points free, pending ones too."""
        until = until or self.clock
        for debt in sorted(self.debts, key=lambda one: one.at):
            while owed := debt.left(FOREVER):
                options = [
                    (when, lot.ends, lot.at, lot.number, lot)
                    for lot in self.lots
                    for when in {debt.at, lot.at, *(pin.until for pin in lot.pins), *(when for when, points in lot.used if points < 0)}
                    if max(debt.at, lot.at) <= when <= until and when < lot.ends and lot.free_from(when, until) > 0
                ]
                if not options:
                    break
                when, _ends, _at, _number, lot = min(options, key=lambda option: option[:4])
                share = min(owed, lot.free_from(when, until))
                lot.used.append((when, share))
                debt.paid.append((when, share))

    def _as_of(self, at: datetime) -> "PlainAccount":
        seen = PlainAccount(self.rules)
        for lot in self.lots:
            if lot.at <= at:
                copy = PlainLot(lot.points, lot.at, lot.begins, lot.ends, lot.number, lot.order)
                copy.used = [move for move in lot.used if move[0] <= at]
                copy.pins = [Pin(pin.points, pin.since, pin.until) for pin in lot.pins if pin.since <= at]
                seen.lots.append(copy)
        for debt in self.debts:
            if debt.at <= at:
                seen.debts.append(PlainDebt(debt.points, debt.at, [paid for paid in debt.paid if paid[0] <= at]))
        return seen

    @staticmethod
    def _add(sums: dict[date, int], day: date, points: int) -> None:
        if points:
            sums[day] = sums.get(day, 0) + points
