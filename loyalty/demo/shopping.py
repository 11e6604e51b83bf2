"""A year of purchases and returns, worked out from seeds alone: the same anchor gives the same documents."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import floor
from zoneinfo import ZoneInfo

from loyalty.demo.catalogue import SHOPS, Shop, start_of
from loyalty.demo.people import Person, joined_at
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import Document, ReturnOf, Sale
from loyalty.lib.clock import business_day
from partners.domain.terms import Conditions

# A member pays with points at most once in a slice, so slices can be posted partner by partner.
SLICE_DAYS = 28
_TOP_UPS = (200, 300, 500, 500, 1000, 1500)
# Points are counted short: a purchase may hold lines that earn nothing after all.
_SURE = Decimal("0.9")


@dataclass
class Plan:
    """Documents by partner: first the sales paid in money, then, slice by slice, those paid with points and the returns."""

    sales: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    slices: dict[int, dict[str, list[Document]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def groups(self) -> Iterator[dict[str, list[Document]]]:
        """Documents by partner, in groups in the order in which they have to be posted."""
        yield from ({slug: documents} for slug, documents in self.sales.items())
        yield from (by_partner for _slice, by_partner in sorted(self.slices.items()))

    @property
    def size(self) -> int:
        return sum(len(documents) for group in self.groups() for documents in group.values())


@dataclass
class Calendar:
    """The dates of the demo: everything happens before the anchor."""

    anchor: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return business_day(self.anchor, self.zone)

    def at(self, days_ago: int, hour: int, minute: int) -> datetime:
        """A time of day so many days before the anchor's day, in UTC."""
        day = self.today - timedelta(days=days_ago)
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone)

    def slice_of(self, days_ago: int) -> int:
        """Slices are numbered in the order of time."""
        return -(days_ago // SLICE_DAYS)


def plan(
    people: list[Person], *, members: Mapping[int, int], outlets: Mapping[str, list[int]], calendar: Calendar, welcome_points: int, pending_days: int
) -> Plan:
    """All documents of the demo. `members` maps a person's number to the member's id, `outlets` a slug to outlet ids."""
    made = Plan()
    for person in people:
        shopper = _Shopper(person, members[person.number], outlets, calendar, made, pending_days)
        shopper.lots.append([person.joined_days_ago, person.joined_days_ago, welcome_points])
        {"everyday": shopper.live, "newcomer": shopper.live_richly, "magnate": shopper.live_large, "debtor": shopper.fall_into_debt}.get(
            person.role, lambda: None
        )()
    return made


class _Shopper:
    """One person's purchases. Keeps a cautious account of their points, so that they never ask for more than they have."""

    def __init__(self, person: Person, member_id: int, outlets: Mapping[str, list[int]], calendar: Calendar, made: Plan, pending_days: int) -> None:
        self.person, self.member_id, self.outlets, self.calendar, self.plan = person, member_id, outlets, calendar, made
        self.dice = random.Random(f"purchases {person.number}")
        self.pending_days = pending_days
        self.joined = joined_at(person, anchor=calendar.anchor, zone=calendar.zone)
        self.number = 0
        self.lots: list[list[int]] = []  # [days ago when available, days ago when bought, points], cautious
        self.last_spend = 10**6
        self.most_points = 10**9

    def live(self) -> None:
        """An everyday year: a few favourite shops, weekly to monthly."""
        dice = self.dice
        favourites = dice.sample(SHOPS, dice.randint(3, 6))
        weights = [4 if shop.slug in ("ambar-24", "turniket") else dice.randint(1, 3) for shop in favourites]
        self._days(every=dice.choice((7, 10, 14, 21, 30)), favourites=favourites, weights=weights, spends=dice.random() < 0.7)

    def live_richly(self) -> None:
        """The member that a newcomer looks at: all shops, twice a week, up to today."""
        # Moderate spends leave some of the oldest points to expire.
        self.most_points = 200
        self._days(every=4, favourites=list(SHOPS), weights=[1] * len(SHOPS), spends=True, spend_chance=0.10)
        cafe = _shop("zerno-i-par")
        for days_ago, hour in ((5, 9), (2, 9)):
            self._buy(cafe, days_ago, hour, 20, lines=[ReceiptLine(Decimal("640.00"), cafe.sku(5), "Зерно «Эфиопия», 250 г", "Зерно")])

    def live_large(self) -> None:
        """Large receipts from few shops."""
        volt = _shop("volt-i-amper")
        for days_ago in range(380, 0, -19):
            amount = Decimal(self.dice.randint(400, 999)) * 1000 + Decimal("999.99")
            name = "Домашний кинотеатр с установкой, настройкой и продлённой гарантией на пять лет"
            self._buy(volt, days_ago, 15, days_ago % 60, lines=[ReceiptLine(amount, volt.sku(0), name, "Компьютеры")])
        self._days(every=12, favourites=[_shop("nitka"), _shop("myata-i-sol")], weights=[1, 1], spends=True)

    def fall_into_debt(self) -> None:
        """Earns, spends what was earned, then returns what had earned it."""
        volt, amber = _shop("volt-i-amper"), _shop("ambar-24")
        bought = self._buy(volt, 60, 12, 0, lines=[ReceiptLine(Decimal("89900.00"), volt.sku(0), "Ноутбук 14″", "Компьютеры")])
        # 1 348 points for the laptop and the welcome points.
        groceries = ReceiptLine(Decimal("5400.00"), amber.sku(5), "Курица охлаждённая, кг", "Мясо")
        self._document(amber, 30, self._sale(amber, 30, 18, 30, [groceries], redeem=1600), in_slice=True)
        self._return(volt, 20, bought, bought.lines)

    def _days(self, *, every: int, favourites: list[Shop], weights: list[int], spends: bool, spend_chance: float = 0.25) -> None:
        dice = self.dice
        days_ago = self.person.joined_days_ago - dice.randint(0, every)
        while days_ago >= 0:
            shop = dice.choices(favourites, weights)[0]
            self._visit(shop, days_ago, spends=spends and dice.random() < spend_chance)
            days_ago -= max(1, round(dice.gauss(every, every / 3)))

    def _visit(self, shop: Shop, days_ago: int, *, spends: bool) -> None:
        dice = self.dice
        hour, minute = dice.randint(9, 21), dice.randint(0, 59)
        sale = self._sale(shop, days_ago, hour, minute, self._basket(shop))
        if spends and (points := self._spendable(shop, sale, days_ago)):
            sale = self._sale(shop, days_ago, hour, minute, list(sale.lines), redeem=points, again=True)
            self._use(points, days_ago)
        if not self._document(shop, days_ago, sale, in_slice=bool(sale.redeem_points)):
            return
        if shop.slug != "turniket" and dice.random() < 0.05:
            whole = dice.random() < 0.4
            line = sale.lines[0]
            # What is returned never counts as points to spend.
            self._return(shop, max(0, days_ago - dice.randint(1, 10)), sale, sale.lines if whole else [line])
        else:
            self._expect(shop, sale, days_ago)

    def _basket(self, shop: Shop) -> list[ReceiptLine]:
        dice = self.dice
        if shop.halls:
            name, category, *_prices = shop.goods[0]
            return [ReceiptLine(Decimal(dice.choice(_TOP_UPS)), shop.sku(0), name, category)]
        lines = []
        # What is dear is bought rarely.
        weights = [1 / low for _name, _category, low, _high, _most in shop.goods]
        for place in sorted(set(dice.choices(range(len(shop.goods)), weights, k=dice.choice((1, 2, 2, 3, 4))))):
            name, category, low, high, most = shop.goods[place]
            quantity = dice.randint(1, most)
            lines.append(ReceiptLine(Decimal(quantity * dice.randint(low, high)), shop.sku(place), name, category, Decimal(quantity)))
        return lines

    def _buy(self, shop: Shop, days_ago: int, hour: int, minute: int, *, lines: list[ReceiptLine]) -> Sale:
        sale = self._sale(shop, days_ago, hour, minute, lines)
        self._document(shop, days_ago, sale, in_slice=False)
        return sale

    def _sale(self, shop: Shop, days_ago: int, hour: int, minute: int, lines: list[ReceiptLine], *, redeem: int = 0, again: bool = False) -> Sale:
        self.number += not again
        return Sale(
            f"D{self.person.number:03}-{self.number:04}",
            self.member_id,
            self.calendar.at(days_ago, hour, minute),
            lines,
            redeem_points=redeem,
            outlet_id=self.outlets[shop.slug][(self.person.number * 7 + self.number) % len(self.outlets[shop.slug])],
        )

    def _return(self, shop: Shop, days_ago: int, sale: Sale, lines: Sequence[ReceiptLine]) -> None:
        back = ReturnOf(f"{sale.external_id}-R", self.member_id, self.calendar.at(days_ago, 22, 10), lines, original=sale.external_id)
        self._document(shop, days_ago, back, in_slice=True)

    def _document(self, shop: Shop, days_ago: int, document: Document, *, in_slice: bool) -> bool:
        """Plan a document, unless its time hasn't come at the anchor, or the person wasn't a member yet."""
        if not self.joined < document.occurred_at < self.calendar.anchor:
            return False
        target = self.plan.slices[self.calendar.slice_of(days_ago)] if in_slice else self.plan.sales
        target[shop.slug].append(document)
        return True

    def _expect(self, shop: Shop, sale: Sale, days_ago: int) -> None:
        """Count on the points of a purchase once they are surely there."""
        conditions = self._conditions(shop, sale.occurred_at)
        barred = {value for _field, value, _reason in conditions.exclusions}
        earning = sum((line.amount for line in sale.lines if line.category not in barred and line.sku not in barred), Decimal(0))
        points = floor((earning - sale.redeem_points) * conditions.base_pct / 100 * _SURE)
        if points > 0 and conditions.lifetime_days is None:
            pending = self.pending_days if conditions.pending_days is None else conditions.pending_days
            self.lots.append([days_ago - pending - 1, days_ago, points])

    def _spendable(self, shop: Shop, sale: Sale, days_ago: int) -> int:
        if self.last_spend - days_ago < SLICE_DAYS:
            return 0
        share = self._conditions(shop, sale.occurred_at).spendable_pct
        total = sum((line.amount for line in sale.lines), Decimal(0))
        most = floor(total * (Decimal(50) if share is None else share) / 100)
        # Points live for 365 days from the day on which they become available.
        have = sum(points for available, bought, points in self.lots if available >= days_ago and bought - days_ago < 350)
        points = min(most, have, self.most_points)
        return points if points >= 50 else 0

    def _use(self, points: int, days_ago: int) -> None:
        self.last_spend = days_ago
        for lot in self.lots:
            if lot[0] >= days_ago and lot[1] - days_ago < 350:
                used = min(points, lot[2])
                lot[2] -= used
                points -= used

    def _conditions(self, shop: Shop, instant: datetime) -> Conditions:
        held = shop.terms[0].conditions
        for dated in shop.terms[1:]:
            if start_of(dated, anchor=self.calendar.anchor, zone=self.calendar.zone) <= instant:
                held = dated.conditions
        return held


def _shop(slug: str) -> Shop:
    return next(shop for shop in SHOPS if shop.slug == slug)
