"""Reads purchases with their returns, as quests see them. Two queries, however many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Min, QuerySet

from loyalty.lib import bulk
from loyalty.models import Order, Return
from quests.domain.purchase import Back, Kept, Purchase

_COLUMNS = (
    "pk", "member_id", "occurred_at", "partner_id", "partner__category_id", "outlet_id", "outlet__city", "total", "discount", "paid_with_points",
    "points_redeemed", "member__joined_at", "member__birth_month", "member__birth_day",
)  # fmt: skip


def of_orders(order_ids: Collection[int], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of these orders."""
    return of_rows(Order.objects.filter(pk__in=bulk.id_set(order_ids)), zone=zone)


def with_firsts(purchases: Sequence[Purchase]) -> list[Purchase]:
    """The purchases, saying which of them were the member's first at the partner. One query."""
    first = _first_at({(purchase.member_id, purchase.partner_id) for purchase in purchases})
    return [replace(purchase, first=first[purchase.member_id, purchase.partner_id] == purchase.at) for purchase in purchases]


def of_rows(orders: QuerySet[Order], *, zone: ZoneInfo) -> list[Purchase]:
    """The purchases of a queryset of orders."""
    rows = list(orders.values_list(*_COLUMNS))
    back: dict[int, list[tuple[int, object, Decimal, Decimal, int]]] = defaultdict(list)
    returns = Return.objects.filter(order_id__in=bulk.id_set(row[0] for row in rows)).order_by("occurred_at", "pk")
    for order_id, *row in returns.values_list("order_id", "pk", "occurred_at", "total", "paid_with_points", "points_restored"):
        back[order_id].append(tuple(row))  # type: ignore[arg-type]
    found = []
    for pk, member_id, at, partner_id, category_id, outlet_id, city, total, discount, by_points, points, joined_at, month, day in rows:
        kept = Kept(total - discount, total - discount - by_points, points)
        found.append(
            Purchase(
                pk,
                member_id,
                at,
                at.astimezone(zone),
                partner_id,
                category_id,
                outlet_id,
                city or "",
                kept,
                joined_at,
                (month, day) if month and day else None,
                _returns(kept, back[pk]) if pk in back else (),
            )
        )
    return found


def _returns(kept: Kept, rows: Iterable[tuple[int, object, Decimal, Decimal, int]]) -> tuple[Back, ...]:
    made = []
    for pk, at, total, by_points, restored in rows:
        kept = Kept(kept.goods - total, kept.money - (total - by_points), kept.points - restored)
        made.append(Back(pk, at, kept))  # type: ignore[arg-type]
    return tuple(made)


def _first_at(pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], object]:
    """(member, partner) → the instant of the first purchase there."""
    rows = Order.objects.filter(
        member_id__in=bulk.id_set({member_id for member_id, _partner_id in pairs}), partner_id__in=bulk.id_set({partner_id for _member_id, partner_id in pairs})
    )
    return {(member_id, partner_id): at for member_id, partner_id, at in rows.order_by().values_list("member_id", "partner_id").annotate(Min("occurred_at"))}
