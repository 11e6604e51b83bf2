"""Reads purchases with their returns, as quests see them. Two queries, however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from loyalty.lib import bulk, sql
from loyalty.lib.sql import Asked, Row, Statement
from loyalty.models import Order, Return
from quests.triggers.base.purchase import Back, Kept, Purchase

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


_FIRSTS = Statement(
    "SELECT bought.id, min(known.occurred_at), max(known.occurred_at) FROM loyalty_order bought "
    "JOIN loyalty_order known ON known.member_id = bought.member_id AND known.partner_id = bought.partner_id WHERE bought.id :ids orders GROUP BY bought.id",
    "plain instant instant",
)


def ask(order_ids: Collection[int]) -> tuple[Asked, Asked, Asked]:
    """Asks for what `read` makes purchases of."""
    ids = sorted(order_ids)
    return _ORDERS.ask(orders=ids), _RETURNS.ask(orders=ids), _FIRSTS.ask(orders=ids)


def read(orders: Sequence[Row], returns: Sequence[Row], firsts: Sequence[Row], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of orders, saying which were the member's first at the partner."""
    return _mark_firsts(_purchases(orders, returns, zone), firsts)


def of_rows(orders: QuerySet[Order], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of a queryset of orders."""
    rows = list(orders.values_list(*_COLUMNS))
    returns = Return.objects.filter(order_id__in=bulk.id_set(row[0] for row in rows)).order_by("occurred_at", "pk")
    return _purchases(rows, list(returns.values_list(*_RETURN_COLUMNS)), zone)


def with_firsts(purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases, saying which of them were the member's first at the partner, and which were followed by others. One query."""
    return _mark_firsts(purchases, sql.fetch(_FIRSTS.ask(orders=[purchase.order_id for purchase in purchases]))[0])


def _mark_firsts(purchases: Sequence[Purchase], rows: Sequence[Row]) -> list[Purchase]:
    known = {pk: (first, last) for pk, first, last in rows}
    marked = []
    for purchase in purchases:
        first, last = known[purchase.order_id]
        marked.append(purchase if first == purchase.at == last else purchase._replace(first=first == purchase.at, followed=last > purchase.at))
    return marked


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
