"""What a partner's desk shows of its business: visits, orders, members and points, by day and by outlet.

Days are business days in the programme's zone. Points are those of the partner's own orders, whoever funds them
(the settlement counts what the partner funds). Six queries, whatever the period and the number of orders.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty.lib.clock import start_of_day
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
    for place, members in _members("b.place", partner_id, buckets, zone, outlet_id):
        buckets[place].figures.members = members
    for outlet, members in _members("o.outlet_id", partner_id, buckets, zone, outlet_id):
        by_outlet[outlet].members = members
    # Everybody once, however many days they came on: a single group.
    total.members = sum(members for _place, members in _members("1", partner_id, buckets, zone, outlet_id))
    return Statistics(total, buckets, _named(by_outlet), cells)


def _buckets(since: date, until: date, *, weekly: bool) -> list[Bucket]:
    buckets = []
    first = since
    while first <= until:
        last = min(until, first + timedelta(days=6 - first.weekday())) if weekly else first
        buckets.append(Bucket(first, last, Figures()))
        first = last + timedelta(days=1)
    return buckets


def _orders(partner_id: int, buckets: Sequence[Bucket], zone: ZoneInfo, outlet_id: int | None) -> dict[tuple[date, int | None], Figures]:
    """(day, outlet) → figures of the orders. A member is new with the first order at the partner, at whatever outlet."""
    earlier = (
        f"SELECT 1 FROM {_ORDERS} e WHERE e.partner_id = o.partner_id AND e.member_id = o.member_id "
        "AND e.occurred_at <= o.occurred_at AND (e.occurred_at < o.occurred_at OR e.id < o.id)"
    )
    rows = _grouped(
        "b.place, o.outlet_id",
        "COUNT(*), SUM(o.total - o.discount), COUNT(DISTINCT o.member_id), "
        f"SUM(CASE WHEN EXISTS ({earlier}) THEN 0 ELSE 1 END), SUM(o.points_earned), SUM(o.points_redeemed)",
        partner_id,
        buckets,
        zone,
        outlet_id,
    )
    return {
        (buckets[place].first, outlet): Figures(
            orders=count,
            turnover=Decimal(turnover).quantize(Decimal("0.01")),
            members=members,
            new_members=int(new),
            issued=int(issued),
            redeemed=int(redeemed),
        )
        for place, outlet, count, turnover, members, new, issued, redeemed in rows
    }


def _members(by: str, partner_id: int, buckets: Sequence[Bucket], zone: ZoneInfo, outlet_id: int | None) -> Iterable[tuple[Any, int]]:
    """(group, how many different members) of the period."""
    return _grouped(by, "COUNT(DISTINCT o.member_id)", partner_id, buckets, zone, outlet_id)


_ORDERS = Order._meta.db_table


def _grouped(by: str, what: str, partner_id: int, buckets: Sequence[Bucket], zone: ZoneInfo, outlet_id: int | None) -> list[Any]:
    """Orders joined to the buckets' bounds: an index range each, and no arithmetic of zones in the database."""
    bounds = [(start_of_day(bucket.first, zone), start_of_day(bucket.last + timedelta(days=1), zone)) for bucket in buckets]
    if connection.vendor == "postgresql":
        source = "SELECT place - 1 AS place, since, until FROM unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS d(since, until, place)"
        params: list[Any] = [[since for since, _until in bounds], [until for _since, until in bounds]]
    else:
        source = "SELECT key AS place, json_extract(value, '$[0]') AS since, json_extract(value, '$[1]') AS until FROM json_each(%s)"
        adapt = connection.ops.adapt_datetimefield_value
        params = [json.dumps([[adapt(since), adapt(until)] for since, until in bounds], default=str)]
    # The whole period once more: from its bounds the planner knows how few of the orders are asked for.
    whole = [connection.ops.adapt_datetimefield_value(bound) for bound in (bounds[0][0], bounds[-1][1])]
    narrowed = "" if outlet_id is None else " AND o.outlet_id = %s"
    with connection.cursor() as cursor:
        # The parts of the text are our own; values are parameters.
        cursor.execute(
            f"WITH b AS ({source}) SELECT {by}, {what} FROM b CROSS JOIN {_ORDERS} o "
            "WHERE o.partner_id = %s AND o.occurred_at >= %s AND o.occurred_at < %s "
            f"AND o.occurred_at >= b.since AND o.occurred_at < b.until{narrowed} GROUP BY {'1, 2' if ',' in by else '1'}",
            [*params, partner_id, *whole, *([] if outlet_id is None else [outlet_id])],
        )
        rows: list[Any] = cursor.fetchall()
    return rows


def _named(by_outlet: dict[int | None, Figures]) -> list[tuple[Outlet | None, Figures]]:
    """Outlets with their names, those with most orders first."""
    outlets = Outlet.objects.in_bulk([pk for pk in by_outlet if pk is not None])
    named = [(outlets[pk] if pk is not None else None, figures) for pk, figures in by_outlet.items()]
    return sorted(named, key=lambda pair: (-pair[1].orders, -pair[1].views, pair[0].name if pair[0] else ""))
