"""Checking every invariant of the ledger. Each check is one query that yields what breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from loyalty.domain import append_only
from loyalty.enums import EntryKind, HoldState
from loyalty.models import Allocation, Debt, Entry, Hold, HoldPin, Lot, Order, Return

_LISTED = 100


@dataclass(frozen=True)
class Violation:
    """One broken invariant: the check's name and a sentence with ids."""

    check: str
    message: str


def verify() -> Iterator[Violation]:
    """Yield every violation (at most 100 a check, with a note of more). Reads only."""
    for name in append_only.missing_triggers(connection.alias):
        yield Violation("append_only", f"The trigger {name} is missing: run `manage.py migrate` to install it.")
    for check in CHECKS:
        for listed, message in enumerate(check()):
            if listed == _LISTED:
                yield Violation(check.__name__, f"… and more; only the first {_LISTED} are listed.")
                break
            yield Violation(check.__name__, message)


def lot_remaining_is_what_allocations_left() -> Iterator[str]:
    used = _sum_of(Allocation, "lot_id")
    for pk, points, remaining, taken in (
        Lot.objects.annotate(used=used).exclude(remaining=F("points") - F("used")).values_list("pk", "points", "remaining", "used")
    ):
        yield f"Lot {pk}: {points} points less {taken} allocated is not the {remaining} remaining."


def credit_is_the_sum_of_its_lots() -> Iterator[str]:
    """A credit's lots, plus what it put back into older lots, are its points."""
    rows = Entry.objects.filter(points__gt=0).annotate(lotted=_sum_of(Lot, "entry_id"), back=_sum_of(Allocation, "entry_id"))
    for pk, points, lotted, back in rows.exclude(points=F("lotted") - F("back")).values_list("pk", "points", "lotted", "back"):
        yield f"Entry {pk}: credits {points}, but its lots hold {lotted} and {-back} were put back."


def debit_is_its_allocations_and_debt() -> Iterator[str]:
    debt = Coalesce(Subquery(Debt.objects.filter(pk=OuterRef("pk")).values("remaining")[:1]), Value(0), output_field=BigIntegerField())
    rows = Entry.objects.filter(points__lte=0).annotate(used=_sum_of(Allocation, "entry_id"), owed=debt)
    for pk, points, used, owed in rows.exclude(points=Value(0) - F("used") - F("owed")).values_list("pk", "points", "used", "owed"):
        yield f"Entry {pk}: debits {-points}, but {used} are allocated and {owed} owed."


def only_debits_are_without_lots() -> Iterator[str]:
    for pk in Lot.objects.filter(entry__points__lte=0).values_list("pk", flat=True):
        yield f"Lot {pk} belongs to a debit."


def account_adds_up() -> Iterator[str]:
    """Σ entries of a member = Σ remaining − Σ debts."""
    entries = dict(Entry.objects.values_list("member_id").annotate(Sum("points")).order_by())
    lots = dict(Lot.objects.values_list("member_id").annotate(Sum("remaining")).order_by())
    debts = dict(Debt.objects.values_list("member_id").annotate(Sum("remaining")).order_by())
    for member_id in sorted(set(entries) | set(lots) | set(debts)):
        total, left = entries.get(member_id, 0), lots.get(member_id, 0) - debts.get(member_id, 0)
        if total != left:
            yield f"Member {member_id}: entries add up to {total}, lots less debts to {left}."


def allocation_stays_with_the_member() -> Iterator[str]:
    for pk in Allocation.objects.exclude(entry__member_id=F("lot__member_id")).values_list("pk", flat=True):
        yield f"Allocation {pk}: its entry and its lot belong to different members."


def lot_stays_with_its_entry() -> Iterator[str]:
    for pk in Lot.objects.exclude(entry__member_id=F("member_id"), entry__occurred_at=F("occurred_at")).values_list("pk", flat=True):
        yield f"Lot {pk}: its member or date is not its entry's."


def allocation_uses_what_existed() -> Iterator[str]:
    """No allocation before its lot or its entry, none from a lot that had ended, no spend of a pending lot."""
    early = Q(occurred_at__lt=F("lot__occurred_at")) | Q(occurred_at__lt=F("entry__occurred_at"))
    ended = Q(points__gt=0, lot__expires_at__lte=F("occurred_at"), entry__hold__isnull=True) & ~Q(entry__kind=EntryKind.EXPIRY)
    pending = Q(points__gt=0, occurred_at__lt=F("lot__available_at")) & ~Q(entry__kind=EntryKind.RETURN_ACCRUAL)
    unexpired = Q(entry__kind=EntryKind.EXPIRY) & (Q(lot__expires_at__isnull=True) | Q(lot__expires_at__gt=F("occurred_at")))
    for why, broken in (
        ("is dated before its lot or entry", early),
        ("uses a lot that had ended", ended),
        ("spends a pending lot", pending),
        ("expires a lot that had not run out", unexpired),
    ):
        for pk in Allocation.objects.filter(broken).values_list("pk", flat=True)[: _LISTED + 1]:
            yield f"Allocation {pk} {why}."


def hold_pins_what_it_holds() -> Iterator[str]:
    for pk, points, pinned in Hold.objects.annotate(pinned=_sum_of(HoldPin, "hold_id")).exclude(points=F("pinned")).values_list("pk", "points", "pinned"):
        yield f"Hold {pk}: holds {points}, but pins {pinned}."
    captured = Hold.objects.filter(state=HoldState.CAPTURED).exclude(entry__points=Value(0) - F("captured_points"))
    for pk in captured.values_list("pk", flat=True):
        yield f"Hold {pk}: its entry is not what was captured."


def order_earned_what_was_posted() -> Iterator[str]:
    rows = Order.objects.annotate(
        credited=_sum_of(Entry, "order_id", kind=EntryKind.ACCRUAL),
        debited=_sum_of(Entry, "order_id", kind=EntryKind.REDEMPTION),
    )
    broken = rows.exclude(points_earned=F("credited"), points_redeemed=Value(0) - F("debited"))
    for pk, earned, credited, redeemed, debited in broken.values_list("pk", "points_earned", "credited", "points_redeemed", "debited"):
        yield f"Order {pk}: earned {earned} and spent {redeemed}, but {credited} and {-debited} are posted."


def order_is_explained() -> Iterator[str]:
    for pk, earned, explanation in Order.objects.values_list("pk", "points_earned", "explanation").iterator(chunk_size=2000):
        if explanation.get("total") != earned or sum(part["points"] for part in explanation.get("parts", ())) != earned:
            yield f"Order {pk}: its explanation doesn't add up to the {earned} points it earned."


def return_took_what_was_due() -> Iterator[str]:
    rows = Return.objects.annotate(
        taken=_sum_of(Entry, "order_return_id", kind=EntryKind.RETURN_ACCRUAL),
        forgiven=_sum_of(Entry, "order_return_id", "forgiven", kind=EntryKind.RETURN_ACCRUAL),
        back=_sum_of(Entry, "order_return_id", kind=EntryKind.RETURN_REDEMPTION),
    )
    broken = rows.exclude(points_due=F("points_expired") - F("taken") + F("forgiven"), points_restored=F("back"))
    for pk, due, taken, back in broken.values_list("pk", "points_due", "taken", "back"):
        yield f"Return {pk}: {due} points were due, {-taken} are posted as taken and {back} as given back."


def returns_stay_within_the_order() -> Iterator[str]:
    rows = Order.objects.annotate(
        back=_sum_of(Return, "order_id", "total"), due=_sum_of(Return, "order_id", "points_due"), restored=_sum_of(Return, "order_id", "points_restored")
    )
    # SQLite adds money up in binary fractions.
    over = Q(back__gt=F("total") - F("discount") + Value(Decimal("0.005")))
    broken = rows.filter(over | Q(due__gt=F("points_earned")) | Q(restored__gt=F("points_redeemed")))
    for pk in broken.values_list("pk", flat=True):
        yield f"Order {pk}: its returns are more than the order."


def _sum_of(model: type, by: str, column: str = "points", **only: object) -> Coalesce:
    """Σ of a column of the rows that point at the outer row, 0 for none."""
    field = model._meta.get_field(column)  # type: ignore[attr-defined]
    rows = model._default_manager.filter(**{by: OuterRef("pk")}, **only).order_by().values(by).annotate(total=Sum(column)).values("total")  # type: ignore[attr-defined]
    return Coalesce(Subquery(rows), Value(0), output_field=type(field)(**({"max_digits": 14, "decimal_places": 2} if column == "total" else {})))


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    lot_remaining_is_what_allocations_left,
    credit_is_the_sum_of_its_lots,
    debit_is_its_allocations_and_debt,
    only_debits_are_without_lots,
    account_adds_up,
    allocation_stays_with_the_member,
    lot_stays_with_its_entry,
    allocation_uses_what_existed,
    hold_pins_what_it_holds,
    order_earned_what_was_posted,
    order_is_explained,
    return_took_what_was_due,
    returns_stay_within_the_order,
)
