"""Checks that orders and returns agree with their lines, their explanations and the ledger."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db.models import F, Q, Value

from loyalty.domain.verify.rooms.base import RoomChecks
from loyalty.domain.verify.sums import apart, sum_of
from loyalty.enums import EntryKind
from loyalty.models import Entry, Lot, Order, OrderLine, Return, ReturnLine


def order_earned_what_was_posted() -> Iterator[str]:
    rows = Order.objects.annotate(
        credited=sum_of(Entry, "order_id", only=Q(kind=EntryKind.ACCRUAL)),
        debited=sum_of(Entry, "order_id", only=Q(kind=EntryKind.REDEMPTION)),
    )
    broken = rows.exclude(points_earned=F("credited"), points_redeemed=Value(0) - F("debited"))
    for pk, earned, credited, redeemed, debited in broken.values_list("pk", "points_earned", "credited", "points_redeemed", "debited"):
        yield f"Order {pk}: earned {earned} and spent {redeemed}, but {credited} and {-debited} are posted."


def order_is_explained() -> Iterator[str]:
    """The explanation adds up to what was earned, and the lots have its parts and dates."""
    lots = Lot.objects.filter(entry__kind=EntryKind.ACCRUAL).order_by("entry__order_id", "pk")
    rows = lots.values_list("entry__order_id", "source", "funder_id", "points", "available_at", "expires_at").iterator(chunk_size=5000)
    groups = groupby(rows, key=itemgetter(0))
    order_id, group = next(groups, (None, iter(())))
    orders = Order.objects.order_by("pk").values_list("pk", "points_earned", "eligible", "explanation")
    for pk, earned, eligible, explanation in orders.iterator(chunk_size=2000):
        parts = explanation.get("parts", ())
        if explanation.get("total") != earned or sum(part["points"] for part in parts) != earned or Decimal(explanation.get("eligible", -1)) != eligible:
            yield f"Order {pk}: its explanation doesn't add up to the {earned} points it earned on {eligible}."
        made = set()
        if order_id == pk:
            made = {(source, funder, points, at.isoformat(), until.isoformat() if until else None) for _order, source, funder, points, at, until in group}
            order_id, group = next(groups, (None, iter(())))
        if made != {
            (part["source"], part["funder"], part["points"], explanation.get("available_at"), explanation.get("expires_at")) for part in parts if part["points"]
        }:
            yield f"Order {pk}: its lots are not the parts and dates that its explanation names."


def entry_stays_with_the_member_of_its_document() -> Iterator[str]:
    of_order = Q(order__isnull=False) & ~Q(order__member_id=F("member_id"))
    of_return = Q(order_return__isnull=False) & ~Q(order_return__member_id=F("member_id"))
    for pk in Entry.objects.filter(of_order | of_return).values_list("pk", flat=True):
        yield f"Entry {pk}: its order or return belongs to another member."


def order_is_the_sum_of_its_lines() -> Iterator[str]:
    rows = Order.objects.annotate(
        lines_total=sum_of(OrderLine, "order_id", "amount"),
        lines_paid=sum_of(OrderLine, "order_id", "paid"),
        lines_earning=sum_of(OrderLine, "order_id", "paid", only=Q(excluded="")),
        was_paid=F("total") - F("discount") - F("paid_with_points"),
    )
    broken = rows.filter(apart("total", "lines_total") | apart("was_paid", "lines_paid") | apart("eligible", "lines_earning"))
    for pk, total in broken.values_list("pk", "total"):
        yield f"Order {pk}: its lines don't add up to its total of {total}, to what was paid, or to what earned."


def return_is_the_sum_of_its_lines() -> Iterator[str]:
    rows = Return.objects.annotate(lines_total=sum_of(ReturnLine, "order_return_id", "amount")).filter(apart("total", "lines_total"))
    for pk, total in rows.values_list("pk", "total"):
        yield f"Return {pk}: its lines don't add up to {total}."


def return_took_what_was_due() -> Iterator[str]:
    rows = Return.objects.annotate(
        taken=sum_of(Entry, "order_return_id", only=Q(kind=EntryKind.RETURN_ACCRUAL)),
        forgiven=sum_of(Entry, "order_return_id", "forgiven", only=Q(kind=EntryKind.RETURN_ACCRUAL)),
        back=sum_of(Entry, "order_return_id", only=Q(kind=EntryKind.RETURN_REDEMPTION)),
    )
    broken = rows.exclude(points_due=F("points_expired") - F("taken") + F("forgiven"), points_restored=F("back"))
    for pk, due, taken, back in broken.values_list("pk", "points_due", "taken", "back"):
        yield f"Return {pk}: {due} points were due, {-taken} are posted as taken and {back} as given back."


def returns_stay_within_the_order() -> Iterator[str]:
    rows = Order.objects.annotate(
        back=sum_of(Return, "order_id", "total"), due=sum_of(Return, "order_id", "points_due"), restored=sum_of(Return, "order_id", "points_restored")
    )
    over = Q(back__gt=F("total") - F("discount") + Value(Decimal("0.005")))
    broken = rows.filter(over | Q(due__gt=F("points_earned")) | Q(restored__gt=F("points_redeemed")))
    for pk in broken.values_list("pk", flat=True):
        yield f"Order {pk}: its returns are more than the order."


class OrderChecks(RoomChecks):
    """Orders and returns agree with their lines, their explanations and the ledger."""

    slug = "orders"
    position = 20
    checks = (
        order_earned_what_was_posted,
        order_is_explained,
        entry_stays_with_the_member_of_its_document,
        order_is_the_sum_of_its_lines,
        return_is_the_sum_of_its_lines,
        return_took_what_was_due,
        returns_stay_within_the_order,
    )
