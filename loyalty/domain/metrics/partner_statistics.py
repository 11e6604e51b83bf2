"""What a partner's desk shows of its business: visits, orders, members and points, by day and by outlet.

Days are business days in the programme's zone. Points are those of the partner's own orders, whoever funds them
(the settlement counts what the partner funds). Six queries, whatever the period and the number of orders.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from loyalty.lib.clock import start_of_day
from loyalty.lib.rows import Query
from loyalty.lib.shapes import Money
from loyalty.models import Order
from partners.domain import visits
from partners.models import Outlet


@dataclass(slots=True)
class Figures:
    """Of a day, an outlet or the whole period. `turnover` is money after discounts; `members` bought something,
    `new_members` of them for the first time at this partner. `issued` and `redeemed` are points.
    """

    views: int = 0
    route_taps: int = 0
    orders: int = 0
    turnover: Decimal = Decimal("0.00")
    members: int = 0
    new_members: int = 0
    issued: int = 0
    redeemed: int = 0

    @property
    def returning_members(self) -> int:
        """Members who had bought here before."""
        return self.members - self.new_members

    def add(self, other: "Figures") -> None:
        """Add what can be added: members of two days may be the same people."""
        self.views += other.views
        self.route_taps += other.route_taps
        self.orders += other.orders
        self.turnover += other.turnover
        self.new_members += other.new_members
        self.issued += other.issued
        self.redeemed += other.redeemed


@dataclass(slots=True)
class Bucket:
    """A day (then `first` and `last` are the same) or a week of the period, with its figures."""

    first: date
    last: date
    figures: Figures


@dataclass
class Statistics:
    """A period's figures by day or week, and by outlet: those with most orders first; None is what names no outlet.

    `cells` are (first day of the bucket, outlet id) → figures.
    """

    total: Figures
    days: list[Bucket]
    outlets: list[tuple[Outlet | None, Figures]]
    cells: dict[tuple[date, int | None], Figures] = field(default_factory=dict)


def statistics_of(partner_id: int, *, since: date, until: date, zone: ZoneInfo, outlet_id: int | None = None, weekly: bool = False) -> Statistics:
    """The figures of the days since … until, both included; `outlet_id` narrows them to one outlet, `weekly` adds up weeks from Monday."""
    buckets = _buckets(since, until, weekly=weekly)
    cells = _orders(partner_id, buckets, zone, outlet_id)
    bucket_of = {bucket.first + timedelta(days=day): bucket for bucket in buckets for day in range((bucket.last - bucket.first).days + 1)}
    for (day, outlet), seen in visits.by_day_and_outlet(partner_id, since=since, until=until, outlet_id=outlet_id).items():
        cell = cells.setdefault((bucket_of[day].first, outlet), Figures())
        cell.views += seen.views
        cell.route_taps += seen.route_taps
    by_outlet: dict[int | None, Figures] = {}
    total = Figures()
    for (day, outlet), cell in cells.items():
        for sum_of in (bucket_of[day].figures, by_outlet.setdefault(outlet, Figures()), total):
            sum_of.add(cell)
    for by_day in _grouped(_MEMBERS_BY_DAY, partner_id, buckets, zone, outlet_id):
        buckets[by_day.place].figures.members = by_day.members
    for at_outlet in _grouped(_MEMBERS_BY_OUTLET, partner_id, buckets, zone, outlet_id):
        by_outlet[at_outlet.outlet_id].members = at_outlet.members
    # Everybody once, however many days they came on: a single group.
    total.members = sum(one.members for one in _grouped(_MEMBERS, partner_id, buckets, zone, outlet_id))
    return Statistics(total, buckets, _named(by_outlet), cells)


def _buckets(since: date, until: date, *, weekly: bool) -> list[Bucket]:
    buckets = []
    first = since
    while first <= until:
        last = min(until, first + timedelta(days=6 - first.weekday())) if weekly else first
        buckets.append(Bucket(first, last, Figures()))
        first = last + timedelta(days=1)
    return buckets


class _Span(NamedTuple):
    """A bucket's bounds."""

    place: int
    since: datetime
    until: datetime


class _Sums(NamedTuple):
    """What was bought in a bucket at an outlet."""

    place: int
    outlet_id: int | None
    orders: int
    turnover: Money
    members: int
    new_members: int
    issued: int
    redeemed: int


class _MembersOfDay(NamedTuple):
    place: int
    members: int


class _MembersAtOutlet(NamedTuple):
    outlet_id: int | None
    members: int


class _Members(NamedTuple):
    members: int


_ORDERS = Order._meta.db_table


def _over_orders[Row](row: type[Row], outputs: str, groups: str) -> Query[Row]:
    """Orders joined to the buckets' bounds: an index range each, and no arithmetic of zones in the database.

    The whole period is named once more, and the query planned for its values: from its bounds the planner knows how few of the orders are asked for.
    """
    return Query(
        f"SELECT {outputs} FROM :rows spans CROSS JOIN {_ORDERS} o "
        "WHERE o.partner_id = %(partner)s AND o.occurred_at >= %(since)s AND o.occurred_at < %(until)s "
        "AND o.occurred_at >= spans.since AND o.occurred_at < spans.until "
        f"AND (CAST(%(outlet)s AS bigint) IS NULL OR o.outlet_id = %(outlet)s) GROUP BY {groups}",
        row,
        prepared=False,
        spans=_Span,
    )


# A member is new with the first order at the partner, at whatever outlet.
_EARLIER = (
    f"SELECT 1 FROM {_ORDERS} e WHERE e.partner_id = o.partner_id AND e.member_id = o.member_id "
    "AND e.occurred_at <= o.occurred_at AND (e.occurred_at < o.occurred_at OR e.id < o.id)"
)
_BY_DAY_AND_OUTLET = _over_orders(
    _Sums,
    "spans.place, o.outlet_id, COUNT(*), SUM(o.total - o.discount), COUNT(DISTINCT o.member_id), "
    f"SUM(CASE WHEN EXISTS ({_EARLIER}) THEN 0 ELSE 1 END), CAST(SUM(o.points_earned) AS bigint), CAST(SUM(o.points_redeemed) AS bigint)",
    "spans.place, o.outlet_id",
)
_MEMBERS_BY_DAY = _over_orders(_MembersOfDay, "spans.place, COUNT(DISTINCT o.member_id)", "spans.place")
_MEMBERS_BY_OUTLET = _over_orders(_MembersAtOutlet, "o.outlet_id, COUNT(DISTINCT o.member_id)", "o.outlet_id")
_MEMBERS = _over_orders(_Members, "COUNT(DISTINCT o.member_id)", "o.partner_id")


def _orders(partner_id: int, buckets: Sequence[Bucket], zone: ZoneInfo, outlet_id: int | None) -> dict[tuple[date, int | None], Figures]:
    """(day, outlet) → figures of the orders."""
    return {
        (buckets[one.place].first, one.outlet_id): Figures(
            orders=one.orders,
            turnover=one.turnover,
            members=one.members,
            new_members=one.new_members,
            issued=one.issued,
            redeemed=one.redeemed,
        )
        for one in _grouped(_BY_DAY_AND_OUTLET, partner_id, buckets, zone, outlet_id)
    }


def _grouped[Row](query: Query[Row], partner_id: int, buckets: Sequence[Bucket], zone: ZoneInfo, outlet_id: int | None) -> list[Row]:
    spans = [_Span(place, start_of_day(bucket.first, zone), start_of_day(bucket.last + timedelta(days=1), zone)) for place, bucket in enumerate(buckets)]
    return query.ask(spans=spans, partner=partner_id, since=spans[0].since, until=spans[-1].until, outlet=outlet_id).rows()


def _named(by_outlet: dict[int | None, Figures]) -> list[tuple[Outlet | None, Figures]]:
    """Outlets with their names, those with most orders first."""
    outlets = Outlet.objects.in_bulk([pk for pk in by_outlet if pk is not None])
    named = [(outlets[pk] if pk is not None else None, figures) for pk, figures in by_outlet.items()]
    return sorted(named, key=lambda pair: (-pair[1].orders, -pair[1].views, pair[0].name if pair[0] else ""))
