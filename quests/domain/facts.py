"""Reads purchases with their returns, as quests see them. Two queries, however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from loyalty.lib.rows import Ask, Query, id_set
from loyalty.lib.shapes import Money
from loyalty.models import Order, Return
from quests.triggers.base.purchase import Back, Kept, Purchase


class OrderRow(NamedTuple):
    """A purchase with what is asked about its place and its member. By these names in Django's queries: see `_PATHS`."""

    order_id: int
    member_id: int
    occurred_at: datetime
    partner_id: int
    category_id: int | None
    outlet_id: int | None
    city: str | None
    total: Money
    discount: Money
    paid_with_points: Money
    points_redeemed: int
    joined_at: datetime
    birth_month: int | None
    birth_day: int | None


class ReturnRow(NamedTuple):
    """A return of a purchase."""

    order_id: int
    id: int
    occurred_at: datetime
    total: Money
    paid_with_points: Money
    points_restored: int


class Firsts(NamedTuple):
    """When the member of a purchase bought at its partner first and last."""

    order_id: int
    first: datetime
    last: datetime


_PATHS = {
    "order_id": "pk",
    "category_id": "partner__category_id",
    "city": "outlet__city",
    "joined_at": "member__joined_at",
    "birth_month": "member__birth_month",
    "birth_day": "member__birth_day",
}
# By hand: Django takes longer to build these than PostgreSQL to answer them.
_ORDERS = Query(
    "SELECT bought.id, bought.member_id, bought.occurred_at, bought.partner_id, partner.category_id, bought.outlet_id, outlet.city, bought.total, "
    "bought.discount, bought.paid_with_points, bought.points_redeemed, member.joined_at, member.birth_month, member.birth_day "
    "FROM loyalty_order bought JOIN partners_partner partner ON partner.id = bought.partner_id JOIN accounts_member member ON member.id = bought.member_id "
    "LEFT JOIN partners_outlet outlet ON outlet.id = bought.outlet_id WHERE bought.id :ids orders",
    OrderRow,
)
_RETURNS = Query("SELECT :columns back FROM loyalty_return back WHERE order_id :ids orders ORDER BY occurred_at, id", ReturnRow)
_FIRSTS = Query(
    "SELECT bought.id, min(known.occurred_at), max(known.occurred_at) FROM loyalty_order bought "
    "JOIN loyalty_order known ON known.member_id = bought.member_id AND known.partner_id = bought.partner_id WHERE bought.id :ids orders GROUP BY bought.id",
    Firsts,
)


def ask(order_ids: Collection[int]) -> tuple[Ask[OrderRow], Ask[ReturnRow], Ask[Firsts]]:
    """Asks for what `read` makes purchases of."""
    ids = sorted(order_ids)
    return _ORDERS.ask(orders=ids), _RETURNS.ask(orders=ids), _FIRSTS.ask(orders=ids)


def read(orders: Sequence[OrderRow], returns: Sequence[ReturnRow], firsts: Sequence[Firsts], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of orders, saying which were the member's first at the partner."""
    return _mark_firsts(_purchases(orders, returns, zone), firsts)


def of_rows(orders: QuerySet[Order], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of a queryset of orders."""
    found = [OrderRow(*row) for row in orders.values_list(*(_PATHS.get(name, name) for name in OrderRow._fields))]
    returns = Return.objects.filter(order_id__in=id_set(row.order_id for row in found)).order_by("occurred_at", "pk")
    return _purchases(found, [ReturnRow(*row) for row in returns.values_list(*ReturnRow._fields)], zone)


def with_firsts(purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases, saying which of them were the member's first at the partner, and which were followed by others. One query."""
    return _mark_firsts(purchases, _FIRSTS.ask(orders=[purchase.order_id for purchase in purchases]).rows())


def _mark_firsts(purchases: Sequence[Purchase], rows: Sequence[Firsts]) -> list[Purchase]:
    known = {one.order_id: one for one in rows}
    marked = []
    for purchase in purchases:
        one = known[purchase.order_id]
        is_only = one.first == purchase.at == one.last
        marked.append(purchase if is_only else purchase._replace(first=one.first == purchase.at, followed=one.last > purchase.at))
    return marked


def _purchases(rows: Sequence[OrderRow], returns: Iterable[ReturnRow], zone: ZoneInfo) -> list[Purchase]:
    back: dict[int, list[ReturnRow]] = defaultdict(list)
    for made in returns:
        back[made.order_id].append(made)
    found = []
    for pk, member_id, at, partner_id, category_id, outlet_id, city, total, discount, by_points, points, joined_at, month, day in rows:
        goods = total - discount
        kept = Kept(goods, goods - by_points, points)
        birthday = (month, day) if month and day else None
        returned = _returns(kept, back[pk]) if pk in back else ()
        found.append(Purchase(pk, member_id, at, at.astimezone(zone), partner_id, category_id, outlet_id, city or "", kept, joined_at, birthday, returned))
    return found


def _returns(kept: Kept, rows: Iterable[ReturnRow]) -> tuple[Back, ...]:
    made = []
    for row in rows:
        kept = Kept(kept.goods - row.total, kept.money - (row.total - row.paid_with_points), kept.points - row.points_restored)
        made.append(Back(row.id, row.occurred_at, kept))
    return tuple(made)
