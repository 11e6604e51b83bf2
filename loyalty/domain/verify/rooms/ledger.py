"""Checks of the ledger's invariants. Each is one query that yields what breaks it."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from loyalty.domain import ledger
from loyalty.domain.verify.rooms.base import LISTED, RoomChecks
from loyalty.domain.verify.sums import sum_of
from loyalty.enums import EntryKind, HoldState
from loyalty.lib.rows import id_set
from loyalty.models import Allocation, Debt, Entry, Hold, HoldPin, Lot


def append_only() -> Iterator[str]:
    """The database itself refuses changes."""
    for name in ledger.missing_triggers(connection.alias):
        yield f"The trigger {name} is missing: run `manage.py migrate` to install it."


def lot_remaining_is_what_allocations_left() -> Iterator[str]:
    used = sum_of(Allocation, "lot_id")
    for pk, points, remaining, taken in (
        Lot.objects.annotate(used=used).exclude(remaining=F("points") - F("used")).values_list("pk", "points", "remaining", "used")
    ):
        yield f"Lot {pk}: {points} points less {taken} allocated is not the {remaining} remaining."


def credit_is_the_sum_of_its_lots() -> Iterator[str]:
    """A credit's lots, plus what it put back into older lots, are its points."""
    rows = Entry.objects.filter(points__gt=0).annotate(lotted=sum_of(Lot, "entry_id"), back=sum_of(Allocation, "entry_id"))
    for pk, points, lotted, back in rows.exclude(points=F("lotted") - F("back")).values_list("pk", "points", "lotted", "back"):
        yield f"Entry {pk}: credits {points}, but its lots hold {lotted} and {-back} were put back."


def debit_is_its_allocations_and_debt() -> Iterator[str]:
    debt = Coalesce(Subquery(Debt.objects.filter(pk=OuterRef("pk")).values("remaining")[:1]), Value(0), output_field=BigIntegerField())
    rows = Entry.objects.filter(points__lte=0).annotate(used=sum_of(Allocation, "entry_id"), owed=debt)
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
    pending = Q(points__gt=0, occurred_at__lt=F("lot__available_at")) & ~Q(entry__kind__in=[EntryKind.RETURN_ACCRUAL, EntryKind.QUEST])
    unexpired = Q(entry__kind=EntryKind.EXPIRY) & (Q(lot__expires_at__isnull=True) | Q(lot__expires_at__gt=F("occurred_at")))
    for why, broken in (
        ("is dated before its lot or entry", early),
        ("uses a lot that had ended", ended),
        ("spends a pending lot", pending),
        ("expires a lot that had not run out", unexpired),
    ):
        for pk in Allocation.objects.filter(broken).values_list("pk", flat=True)[: LISTED + 1]:
            yield f"Allocation {pk} {why}."


def allocation_has_the_date_of_its_debit() -> Iterator[str]:
    """Only the settlement of a debt comes later than its entry."""
    for pk in Allocation.objects.exclude(occurred_at=F("entry__occurred_at")).filter(entry__debt__isnull=True).values_list("pk", flat=True):
        yield f"Allocation {pk}: its date is not its entry's."


def debt_is_what_its_entry_lacked() -> Iterator[str]:
    """A debt has its entry's member and date, and what was paid of it is allocated."""
    for pk in Debt.objects.exclude(member_id=F("entry__member_id"), occurred_at=F("entry__occurred_at")).values_list("pk", flat=True):
        yield f"Debt {pk}: its member or date is not its entry's."
    # A debit used what was free when it was posted; what came later, or from a lot credited later, paid its
    # debt. Points put back at the very instant of the debit may have done either.
    settling = Q(occurred_at__gt=OuterRef("occurred_at")) | Q(lot__entry_id__gt=OuterRef("pk"))
    put_back = Exists(Allocation.objects.filter(lot=OuterRef("lot"), points__lt=0, occurred_at=OuterRef("occurred_at")))
    rows = Entry.objects.filter(debt__isnull=False).annotate(
        settled=sum_of(Allocation, "entry_id", only=settling), unclear=sum_of(Allocation, "entry_id", only=~settling & Q(put_back))
    )
    paid = F("debt__points") - F("debt__remaining")
    broken = rows.filter(Q(settled__gt=paid) | Q(settled__lt=paid - F("unclear")))
    for pk, owed, left, settled in broken.values_list("pk", "debt__points", "debt__remaining", "settled"):
        yield f"Debt {pk}: of {owed} points {left} are left, but {settled} were settled."


def hold_pins_what_it_holds() -> Iterator[str]:
    for pk, points, pinned in Hold.objects.annotate(pinned=sum_of(HoldPin, "hold_id")).exclude(points=F("pinned")).values_list("pk", "points", "pinned"):
        yield f"Hold {pk}: holds {points}, but pins {pinned}."
    for pin_id in HoldPin.objects.exclude(hold__member_id=F("lot__member_id")).values_list("pk", flat=True):
        yield f"Pin {pin_id}: its hold and its lot belong to different members."
    captured = Hold.objects.filter(state=HoldState.CAPTURED).exclude(entry__points=Value(0) - F("captured_points"))
    for pk in captured.values_list("pk", flat=True):
        yield f"Hold {pk}: its entry is not what was captured."


def hold_pins_what_is_there(now: datetime) -> Iterator[str]:
    """Open holds pin no more of a lot than is left of it.

    An expiry run that looked ahead (`--as-of`) has written held points off at the instant at which their hold ends:
    until then they are there for a capture.
    """
    in_force = HoldPin.objects.filter(hold__state__in=[HoldState.ACTIVE, HoldState.AWAITING_MEMBER], hold__expires_at__gt=now)
    by_lot = in_force.values_list("lot_id", "lot__remaining").annotate(pinned=Sum("points")).order_by()
    short = {lot_id: (left, pinned) for lot_id, left, pinned in by_lot.filter(pinned__gt=F("lot__remaining"))}
    ahead = Allocation.objects.filter(lot_id__in=id_set(short), entry__kind=EntryKind.EXPIRY, occurred_at__gt=now)
    written_off = dict(ahead.values_list("lot_id").annotate(Sum("points")).order_by())
    for lot_id, (left, pinned) in short.items():
        if pinned > left + written_off.get(lot_id, 0):
            yield f"Lot {lot_id}: holds pin {pinned} points, {left} remain."


class LedgerChecks(RoomChecks):
    """The ledger adds up, and each of its rows stays with its member and date."""

    slug = "ledger"
    position = 10
    checks = (
        append_only,
        lot_remaining_is_what_allocations_left,
        credit_is_the_sum_of_its_lots,
        debit_is_its_allocations_and_debt,
        only_debits_are_without_lots,
        account_adds_up,
        allocation_stays_with_the_member,
        lot_stays_with_its_entry,
        allocation_uses_what_existed,
        hold_pins_what_it_holds,
        debt_is_what_its_entry_lacked,
        allocation_has_the_date_of_its_debit,
    )
    by_clock = (hold_pins_what_is_there,)
