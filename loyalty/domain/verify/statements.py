"""Do the partners' statements and the ledger agree, to the point?"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db.models import Max, Q, QuerySet, Sum

from loyalty.domain import settlement
from loyalty.domain.settlement import EVERYBODY, TABLES, Span, Sums
from loyalty.enums import EntryKind
from loyalty.models import Allocation, Debt, Entry, Programme, SettlementMonth, Statement


def statements_agree(*, programme: Programme, now: datetime, only: date | None = None) -> Iterator[str]:
    """Yield a sentence for everything in which statements and the ledger disagree.

    For each month (or only the one given): Σ over partners and the operator = what entries and allocations of the
    month moved; what a closed month kept = what it comes to now. Without `only` also: Σ over all months = the ledger.
    """
    everything = Sums()
    todo = [only] if only else months_of_ledger(programme=programme, now=now)
    for month in todo:
        found, _closed_at = settlement.spans(month, programme=programme)
        total = Sums()
        for span in found:
            of_span = _add_up(settlement.sums(span, EVERYBODY).values())
            total = _add_up([total, of_span])
            yield from (f"{month:%Y-%m}: {sentence}" for sentence in _against_ledger(of_span, span))
        yield from _against_closed(month, programme=programme)
        everything = _add_up([everything, total])
    if only is None:
        yield from (f"All months together: {sentence}" for sentence in _against_ledger(everything, Span(None, None)))
        yield from _against_debts(everything)


def months_of_ledger(*, programme: Programme, now: datetime) -> list[date]:
    """All months from the first movement of anybody, the earliest first; the closed ones in any case."""
    found = set(settlement.months(EVERYBODY, programme=programme, now=now)) | set(SettlementMonth.objects.values_list("month", flat=True))
    newest = max((row for row in (model._default_manager.aggregate(at=Max("occurred_at"))["at"] for model in TABLES.values()) if row), default=now)
    month = max(found)
    while month < settlement.month_of(newest, programme):
        month = settlement.next_month(month)
        found.add(month)
    return sorted(found)


def _against_ledger(sums: Sums, span: Span) -> Iterator[str]:
    """Compare statements with the entries themselves: they know nothing of funders."""
    entries = Entry.objects.filter(span.of(Entry))
    by_kind = {kind: (plus or 0, minus or 0) for kind, plus, minus in _signed(entries)}
    credited = sum(plus for kind, (plus, _minus) in by_kind.items() if kind not in (*settlement.CARRIED_ON, EntryKind.EXPIRY))
    if sums.issued_total != credited:
        yield f"statements say {sums.issued_total} points issued, entries {credited}."
    redeemed = -by_kind.get(EntryKind.REDEMPTION, (0, 0))[1]
    if sums.redeemed != redeemed:
        yield f"statements say {sums.redeemed} points redeemed, entries {redeemed}."
    given_back = by_kind.get(EntryKind.RETURN_REDEMPTION, (0, 0))[0]
    if sums.given_back != given_back:
        yield f"statements say {sums.given_back} points given back, entries {given_back}."
    taken = Allocation.objects.filter(span.of(Allocation), entry__kind=EntryKind.RETURN_ACCRUAL).aggregate(total=Sum("points", default=0))["total"]
    if sums.taken_back != taken:
        yield f"statements say {sums.taken_back} points taken back, allocations {taken}."


def _against_debts(sums: Sums) -> Iterator[str]:
    """What returns took, and what members still owe for them, is what their entries say."""
    entries = Entry.objects.filter(kind=EntryKind.RETURN_ACCRUAL).aggregate(total=Sum("points", default=0))["total"]
    owed = Debt.objects.aggregate(total=Sum("remaining", default=0))["total"]
    if sums.taken_back + owed != -entries:
        yield f"statements say {sums.taken_back} points taken back and members owe {owed}, entries say {-entries}."


def _against_closed(month: date, *, programme: Programme) -> Iterator[str]:
    kept = {row.partner_id: row.figures for row in Statement.objects.filter(month__month=month)}
    if not kept and not SettlementMonth.objects.filter(month=month).exists():
        return
    made = settlement.stored_figures(month, programme=programme)
    for pk in sorted({*kept, *made}, key=lambda pk: (pk is not None, pk or 0)):
        if kept.get(pk) != made.get(pk):
            yield f"{month:%Y-%m}: the closed statement of {f'partner {pk}' if pk else 'the operator'} says {kept.get(pk)}, the ledger {made.get(pk)}."


def _add_up(parts: Iterable[Sums]) -> Sums:
    """The points of several sums together."""
    total = Sums()
    for part in parts:
        for reason, points in part.issued.items():
            total.issued[reason] = total.issued.get(reason, 0) + points
        total.taken_back += part.taken_back
        total.redeemed += part.redeemed
        total.given_back += part.given_back
    return total


def _signed(entries: QuerySet[Entry]) -> Iterable[tuple[str, int | None, int | None]]:
    """(kind, Σ of credits, Σ of debits)."""
    rows: Iterable[tuple[str, int | None, int | None]] = (
        entries.values_list("kind").annotate(plus=Sum("points", filter=Q(points__gt=0)), minus=Sum("points", filter=Q(points__lt=0))).order_by()
    )
    return rows
