"""One order of a member with its lines, its returns and what they did to its points."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from loyalty.domain.cabinet.history import Operation
from loyalty.enums import EntryKind
from loyalty.lib.clock import business_day
from loyalty.models import Entry, Order, OrderLine, Return, ReturnLine


@dataclass
class OrderDetail:
    """The order as a history operation, and its returns as operations, oldest first."""

    order: Order
    operation: Operation
    returns: list[Operation]


def order_detail(member_id: int, order_id: int, *, zone: ZoneInfo, now: datetime) -> OrderDetail | None:
    """A member's own order; None for anybody else's. Four queries."""
    order = (
        Order.objects.filter(member_id=member_id, pk=order_id)
        .select_related("partner__category", "outlet")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.order_by("position")),
            Prefetch("returns", Return.objects.order_by("occurred_at", "pk").prefetch_related(Prefetch("lines", ReturnLine.objects.order_by("position")))),
        )
        .first()
    )
    if order is None:
        return None
    entries = list(Entry.objects.filter(order=order).select_related("debt").order_by("pk"))
    by_return = {entry.order_return_id: entry for entry in entries if entry.kind == EntryKind.RETURN_ACCRUAL}
    taken_back = sum(made.points_due for made in order.returns.all())
    available_on, gone_on = dates(order, zone) if order.points_earned else (None, None)
    own = Entry(member_id=member_id, kind=EntryKind.ACCRUAL, points=order.points_earned, occurred_at=order.occurred_at, order=order, partner=order.partner)
    operation = Operation(
        entry=own,
        on=business_day(order.occurred_at, zone),
        earned=order.points_earned,
        taken=order.points_redeemed,
        available_on=available_on,
        waits_until=available_on if available_on and available_on > business_day(now, zone) else None,
        gone_on=gone_on,
        cancelled=bool(order.points_earned) and taken_back >= order.points_earned,
        lines=list(order.lines.all()),
    )
    returns = []
    for made in order.returns.all():
        entry = by_return.get(made.pk) or Entry(
            member_id=member_id, kind=EntryKind.RETURN_ACCRUAL, points=0, occurred_at=made.occurred_at, partner=order.partner
        )
        entry.order_return, entry.order = made, order
        returns.append(Operation(entry, business_day(made.occurred_at, zone), made.points_restored, -entry.points, lines=list(made.lines.all())))
    return OrderDetail(order, operation, returns)


def dates(order: Order, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """(day from which the order's points are available, day on which they are gone), as its explanation says."""

    def day(name: str) -> date | None:
        text = order.explanation.get(name)
        return business_day(datetime.fromisoformat(text), zone) if text else None

    return day("available_at"), day("expires_at")
