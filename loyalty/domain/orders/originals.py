"""Recorded orders as returns see them: what was paid for each line, and what earlier returns did to it."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum

from loyalty.domain.earning import ZERO, Original, OriginalLine, less
from loyalty.lib.money import spread
from loyalty.lib.rows import id_set, text_set
from loyalty.models import Order, OrderLine, Return, ReturnLine
from partners.models import Partner


def load_originals(partner: Partner, external_ids: Sequence[str]) -> dict[str, Original]:
    """Saved orders that returns name, with what earlier returns did to them."""
    if not external_ids:
        return {}
    orders = {order.pk: order for order in Order.objects.filter(partner=partner, external_id__in=text_set(external_ids)).select_related("terms")}
    lines: dict[int, list[OrderLine]] = {pk: [] for pk in orders}
    for line in OrderLine.objects.filter(order_id__in=id_set(orders)).order_by("order_id", "position"):
        lines[line.order_id].append(line)
    returned: dict[int, Decimal] = {}
    for line_id, amount in ReturnLine.objects.filter(order_return__order_id__in=id_set(orders)).values_list("order_line_id", "amount"):
        if line_id is not None:
            returned[line_id] = returned.get(line_id, ZERO) + amount
    sums = Return.objects.filter(order_id__in=id_set(orders)).values_list("order_id")
    totals = sums.annotate(Sum("points_due"), Sum("points_expired"), Sum("points_restored")).order_by()
    before = {order_id: points for order_id, *points in totals}
    originals = {}
    for pk, order in orders.items():
        values = less(spread(order.discount, [line.amount for line in lines[pk]]), [line.amount for line in lines[pk]])
        made = [
            OriginalLine(line.sku, line.name, line.category, value, line.paid, line.excluded, returned.get(line.pk, ZERO), line.pk, line.position)
            for line, value in zip(lines[pk], values, strict=True)
        ]
        originals[order.external_id] = Original(order, made, *before.get(pk, (0, 0, 0)))
    return originals
