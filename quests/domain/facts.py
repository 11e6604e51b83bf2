"""Reads purchases with their returns, as quests see them. Two queries, however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from loyalty.lib import bulk, sql
from loyalty.lib.locks import Scope, ask_lock
from loyalty.lib.sql import Row, Statement
from loyalty.models import Order, Return
from quests.domain.given import OverRows
from quests.domain.purchase import Back, Kept, Purchase

_COLUMNS = (
    "pk", "member_id", "occurred_at", "partner_id", "partner__category_id", "outlet_id", "outlet__city", "total", "discount", "paid_with_points",
    "points_redeemed", "member__joined_at", "member__birth_month", "member__birth_day",
)  # fmt: skip
_RETURN_COLUMNS = ("order_id", "pk", "occurred_at", "total", "paid_with_points", "points_restored")
# The same by hand: Django takes longer to build these than PostgreSQL to answer them.
_ORDERS = Statement(
    "SELECT bought.id, bought.member_id, bought.occurred_at, bought.partner_id, partner.category_id, bought.outlet_id, outlet.city, bought.total, "
    "bought.discount, bought.paid_with_points, bought.points_redeemed, member.joined_at, member.birth_month, member.birth_day "
    "FROM loyalty_order bought JOIN partners_partner partner ON partner.id = bought.partner_id JOIN accounts_member member ON member.id = bought.member_id "
    "LEFT JOIN partners_outlet outlet ON outlet.id = bought.outlet_id WHERE bought.id :ids orders",
    "plain plain instant plain plain plain plain decimal decimal decimal plain instant plain plain",
)
_RETURNS = Statement(
    "SELECT order_id, id, occurred_at, total, paid_with_points, points_restored FROM loyalty_return WHERE order_id :ids orders ORDER BY occurred_at, id",
    "plain plain instant decimal decimal plain",
)


def of_orders(order_ids: Collection[int], *, members: Collection[int], zone: ZoneInfo) -> list[Purchase]:
    """Lock the members' quests, then read the purchases of these orders."""
    ids = sorted(order_ids)
    _locked, orders, returns = sql.fetch(ask_lock(Scope.QUESTS, members), _ORDERS.ask(orders=ids), _RETURNS.ask(orders=ids))
    return _purchases(orders, returns, zone)


def of_rows(orders: QuerySet[Order], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of a queryset of orders."""
    rows = list(orders.values_list(*_COLUMNS))
    returns = Return.objects.filter(order_id__in=bulk.id_set(row[0] for row in rows)).order_by("occurred_at", "pk")
    return _purchases(rows, list(returns.values_list(*_RETURN_COLUMNS)), zone)


def with_firsts(purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases, saying which of them were the member's first at the partner, and which were followed by others. One query."""
    known = _first_and_last({(purchase.member_id, purchase.partner_id) for purchase in purchases})
    found = []
    for purchase in purchases:
        first, last = known[purchase.member_id, purchase.partner_id]
        found.append(purchase._replace(first=first == purchase.at, followed=last > purchase.at))
    return found


def _purchases(rows: Sequence[Row], returns: Iterable[Row], zone: ZoneInfo) -> list[Purchase]:
    back: dict[int, list[Row]] = defaultdict(list)
    for order_id, *row in returns:
        back[order_id].append(tuple(row))
    found = []
    for pk, member_id, at, partner_id, category_id, outlet_id, city, total, discount, by_points, points, joined_at, month, day in rows:
        goods = total - discount
        kept = Kept(goods, goods - by_points, points)
        birthday = (month, day) if month and day else None
        returned = _returns(kept, back[pk]) if pk in back else ()
        found.append(Purchase(pk, member_id, at, at.astimezone(zone), partner_id, category_id, outlet_id, city or "", kept, joined_at, birthday, returned))
    return found


def _returns(kept: Kept, rows: Iterable[Row]) -> tuple[Back, ...]:
    made = []
    for pk, at, total, by_points, restored in rows:
        kept = Kept(kept.goods - total, kept.money - (total - by_points), kept.points - restored)
        made.append(Back(pk, at, kept))
    return tuple(made)


_FIRST_AND_LAST = OverRows(
    "SELECT pair.member_id, pair.partner_id, min(bought.occurred_at), max(bought.occurred_at) FROM ({rows}) AS pair "
    "JOIN loyalty_order bought ON bought.member_id = pair.member_id AND bought.partner_id = pair.partner_id GROUP BY 1, 2",
    "plain plain instant instant",
    member_id="bigint",
    partner_id="bigint",
)


def _first_and_last(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[datetime, datetime]]:
    """(member, partner) → the instants of the first and the last purchase there."""
    if not pairs:
        return {}
    rows = sql.fetch(_FIRST_AND_LAST.ask(sorted(pairs)))[0]
    return {(member_id, partner_id): (first, last) for member_id, partner_id, first, last in rows}
