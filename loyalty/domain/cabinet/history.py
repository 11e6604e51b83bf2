"""A member's operations, newest first, a page at a time; month sums and balances at the ends of months.

An operation is what happened at a till or in the programme: what a receipt earned and spent is one operation,
and so is what a return took back and gave back; one that moved no points is an operation of 0.
Every function costs the same number of queries whatever the history.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Member
from loyalty.domain.cabinet import unmoved
from loyalty.enums import EntryKind
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.pagination import Cursor
from loyalty.lib.rows import id_set
from loyalty.models import Allocation, Entry, Lot, Order, OrderLine, Return, ReturnLine
from partners.models import Partner

PAGE = 20
HISTORY_SHELVES = ("all", "credited", "pending", "spent", "returns", "expired")
_SOURCES = 3
_RETURNS = (EntryKind.RETURN_ACCRUAL, EntryKind.RETURN_REDEMPTION)


@dataclass(frozen=True)
class HistoryFilters:
    """What to show: a shelf, one partner, operations in [since, until)."""

    shelf: str = "all"
    partner_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Burned:
    """Points of an expiry, or of one made void, with the credit they came from; days are business days."""

    points: int
    credited_on: date
    kind: str
    partner: Partner | None


@dataclass
class Operation:
    """One line of the history. `earned` and `taken` are points, both positive; `on` is the business day."""

    entry: Entry
    on: date
    earned: int
    taken: int
    available_on: date | None = None
    waits_until: date | None = None
    gone_on: date | None = None
    cancelled: bool = False
    lines: list[Any] = field(default_factory=list)
    burned: list[Burned] = field(default_factory=list)

    @property
    def void_expiry(self) -> bool:
        """Whether it takes back an expiry: a document with an earlier date used the points."""
        return self.entry.kind == EntryKind.EXPIRY and self.entry.points > 0

    @property
    def kind(self) -> str:
        """receipt, return, expiry or grant: how the operation is explained."""
        if self.entry.kind in _RETURNS:
            return "return"
        if self.entry.kind == EntryKind.EXPIRY:
            return "expiry"
        return "receipt" if self.entry.order_id else "grant"


@dataclass
class MonthSums:
    """Points that a month moved. `pending` are not in `credited` yet."""

    credited: int = 0
    pending: int = 0
    spent: int = 0
    returned: int = 0
    expired: int = 0


@dataclass
class Month:
    """Operations of a calendar month in the programme's zone; `continued` when an earlier page began it."""

    first: date
    operations: list[Operation]
    sums: MonthSums
    continued: bool = False


@dataclass
class HistoryPage:
    """A page of history and the cursor of the next one."""

    months: list[Month]
    next: Cursor | None


@dataclass(frozen=True)
class MonthEnd:
    """Available points at the end of a month (of the current one: now), and how they changed since the month before."""

    first: date
    points: int
    change: int
    current: bool


def operations(member_id: int, *, filters: HistoryFilters, now: datetime) -> QuerySet[Entry]:
    """The entries that stand for operations, newest first. What moved no points has none: see `unmoved`.

    A redemption is shown with the accrual of its receipt, and points given back with those taken back.
    """
    shown_with_another = Q(kind=EntryKind.REDEMPTION, order__points_earned__gt=0) | Q(
        kind=EntryKind.RETURN_REDEMPTION, order_return__points_due__gt=F("order_return__points_expired")
    )
    waiting = Lot.objects.filter(entry=OuterRef("pk"), available_at__gt=now)
    returned = Return.objects.filter(order=OuterRef("order")).order_by().values("order").annotate(total=Sum("points_due"))
    rows = (
        Entry.objects.filter(member_id=member_id)
        .select_related("partner__category", "order", "order_return__order", "debt")
        .annotate(
            available_at=Subquery(Lot.objects.filter(entry=OuterRef("pk")).order_by("pk").values("available_at")[:1]),
            expires_at=Subquery(Lot.objects.filter(entry=OuterRef("pk")).order_by("pk").values("expires_at")[:1]),
            order_returned=Coalesce(Subquery(returned.values("total")), 0),
        )
        .order_by("-occurred_at", "-pk")
    )
    match filters.shelf:
        case "credited":
            rows = rows.filter(~Exists(waiting), points__gt=0).exclude(kind__in=(*_RETURNS, EntryKind.EXPIRY))
        case "pending":
            rows = rows.filter(Exists(waiting.filter(is_open=True)))
        case "spent":
            rows = rows.filter(points__lt=0).exclude(kind__in=(*_RETURNS, EntryKind.EXPIRY))
        case "returns":
            rows = rows.filter(kind__in=_RETURNS).exclude(shown_with_another)
        case "expired":
            rows = rows.filter(kind=EntryKind.EXPIRY)
        case _:
            rows = rows.exclude(shown_with_another)
    return _narrowed(rows, filters)


def _narrowed[Fact: (Entry, Order, Return)](rows: QuerySet[Fact], filters: HistoryFilters) -> QuerySet[Fact]:
    """Only a partner's, only of a span of time, as the filters say."""
    if filters.partner_id is not None:
        rows = rows.filter(partner_id=filters.partner_id)
    if filters.since is not None:
        rows = rows.filter(occurred_at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(occurred_at__lt=filters.until)
    return rows


def operation(entry: Entry, *, zone: ZoneInfo, now: datetime) -> Operation:
    """An entry of `operations` as a line of the history, without its receipt."""
    order, made = entry.order, entry.order_return
    earned, taken = max(entry.points, 0), max(-entry.points, 0)
    cancelled = False
    if made is not None:
        earned = made.points_restored
    elif order is not None:
        earned, taken = order.points_earned, order.points_redeemed
        cancelled = bool(earned) and entry.order_returned >= earned  # type: ignore[attr-defined]
    # An entry that only stands for a document has no dates.
    available_at, expires_at = getattr(entry, "available_at", None), getattr(entry, "expires_at", None)
    available_on = business_day(available_at, zone) if available_at else None
    return Operation(
        entry=entry,
        on=business_day(entry.occurred_at, zone),
        earned=earned,
        taken=taken,
        available_on=available_on,
        waits_until=available_on if available_at and available_at > now and not cancelled else None,
        gone_on=business_day(expires_at, zone) if expires_at else None,
        cancelled=cancelled,
    )


def history_page(member_id: int, *, filters: HistoryFilters, zone: ZoneInfo, now: datetime, after: Cursor | None = None, size: int = PAGE) -> HistoryPage:
    """Operations with everything that explains them, grouped by month."""
    rows = _rows(member_id, filters=filters, now=now, after=after, limit=size + 1)
    entries = [entry for _place, entry in rows[:size]]
    shown = [operation(entry, zone=zone, now=now) for entry in entries]
    _add_receipts(shown, zone)
    sums = month_sums(member_id, partner_id=filters.partner_id, days=[one.on for one in shown], zone=zone, now=now)
    months: list[Month] = []
    begun = business_day(after.at, zone).replace(day=1) if after else None
    for one in shown:
        first = one.on.replace(day=1)
        if not months or months[-1].first != first:
            months.append(Month(first, [], sums[first], continued=first == begun))
        months[-1].operations.append(one)
    return HistoryPage(months, rows[size - 1][0] if len(rows) > size else None)


def place(at: datetime, pk: int, source: int) -> Cursor:
    """Where a row stands among the rows of all sources: one order of them all, of ids that no two share."""
    return Cursor(at, pk * _SOURCES + source)


def _rows(member_id: int, *, filters: HistoryFilters, now: datetime, after: Cursor | None, limit: int) -> list[tuple[Cursor, Entry]]:
    """Up to `limit` operations with their places, newest first, merged of entries, returns and orders.

    Each source is read by its own key, so a deep page costs the same.
    """
    sources: list[QuerySet[Any]] = [operations(member_id, filters=filters, now=now)]
    if filters.shelf in ("all", "returns"):
        sources.append(_narrowed(unmoved.returns(member_id), filters))
    if filters.shelf == "all":
        sources.append(_narrowed(unmoved.orders(member_id), filters))
    found: list[tuple[Cursor, Entry]] = []
    for source, rows in enumerate(sources):
        if after is not None:
            # place(pk).id < after.id just where pk is below the quotient, rounded up.
            rows = rows.filter(Cursor(after.at, -((source - after.id) // _SOURCES)).before("occurred_at"))
        found += [
            (place(row.occurred_at, row.pk, source), row if isinstance(row, Entry) else unmoved.as_entry(row))
            for row in rows.order_by("-occurred_at", "-pk")[:limit]
        ]
    return sorted(found, key=lambda pair: astuple(pair[0]), reverse=True)[:limit]


def _add_receipts(shown: Collection[Operation], zone: ZoneInfo) -> None:
    """Lines of receipts and returns, and the credits that expiries burned: three queries for a whole page."""
    by_order: dict[int, list[OrderLine]] = defaultdict(list)
    order_ids = [one.entry.order_id for one in shown if one.kind == "receipt" and one.entry.order_id]
    for line in OrderLine.objects.filter(order_id__in=id_set(order_ids)).order_by("order_id", "position"):
        by_order[line.order_id].append(line)
    by_return: dict[int, list[ReturnLine]] = defaultdict(list)
    return_ids = [one.entry.order_return_id for one in shown if one.entry.order_return_id]
    for back in ReturnLine.objects.filter(order_return_id__in=id_set(return_ids)).order_by("order_return_id", "position"):
        by_return[back.order_return_id].append(back)
    burned: dict[int, list[Burned]] = defaultdict(list)
    expiry_ids = [one.entry.pk for one in shown if one.kind == "expiry"]
    used = Allocation.objects.filter(entry_id__in=id_set(expiry_ids)).select_related("lot__entry__partner").order_by("lot__occurred_at", "pk")
    for allocation in used:
        source = allocation.lot.entry
        burned[allocation.entry_id].append(Burned(abs(allocation.points), business_day(source.occurred_at, zone), source.kind, source.partner))
    for one in shown:
        if one.kind == "receipt":
            one.lines = by_order[one.entry.order_id]  # type: ignore[index]
        elif one.kind == "return":
            one.lines = by_return[one.entry.order_return_id]  # type: ignore[index]
        elif one.kind == "expiry":
            one.burned = burned[one.entry.pk]


def month_sums(member_id: int, *, partner_id: int | None, days: Iterable[date], zone: ZoneInfo, now: datetime) -> dict[date, MonthSums]:
    """Points moved in each of the months that hold `days`, by the month's first day."""
    sums: dict[date, MonthSums] = defaultdict(MonthSums)
    months = sorted({day.replace(day=1) for day in days}) or [business_day(now, zone).replace(day=1)]
    begin, end = start_of_day(months[0], zone), start_of_day(_next_month(months[-1]), zone)
    entries = Entry.objects.filter(member_id=member_id, occurred_at__gte=begin, occurred_at__lt=end)
    lots = Lot.objects.filter(member_id=member_id, available_at__gt=now, entry__occurred_at__gte=begin, entry__occurred_at__lt=end)
    if partner_id is not None:
        entries, lots = entries.filter(partner_id=partner_id), lots.filter(entry__partner_id=partner_id)
    by_kind = entries.values_list(TruncMonth("occurred_at", tzinfo=zone), "kind")
    for month, kind, plus, minus in by_kind.annotate(
        plus=Sum("points", filter=Q(points__gt=0), default=0), minus=Sum("points", filter=Q(points__lt=0), default=0)
    ).order_by():
        one = sums[month.date()]
        if kind == EntryKind.EXPIRY:
            # A credit of this kind takes back an expiry that a late document made void.
            one.expired -= plus + minus
        elif kind in _RETURNS:
            one.returned -= minus
        else:
            one.credited += plus
            one.spent -= minus
    waiting = lots.values_list(TruncMonth("entry__occurred_at", tzinfo=zone))
    for month, points, left in waiting.annotate(Sum("points"), Sum("remaining")).order_by():
        one = sums[month.date()]
        one.credited -= points
        one.pending += left
    return sums


def month_ends(member_id: int, *, zone: ZoneInfo, now: datetime, available: int, months: int = 6) -> list[MonthEnd]:
    """Available points at the ends of the last months, oldest first; the current month shows `available`.

    Months before the first operation are left out. Two queries.
    """
    firsts = [business_day(now, zone).replace(day=1)]
    for _ in range(months):
        firsts.insert(0, (firsts[0] - timedelta(days=1)).replace(day=1))
    ends = [start_of_day(first, zone) for first in firsts[1:]]
    points = _sums_at(Lot.objects.filter(member_id=member_id), "points", ends, lot="")
    used = _sums_at(Allocation.objects.filter(lot__member_id=member_id), "points", ends, lot="lot__")
    history = [left - taken for left, taken in zip(points, used, strict=True)]
    result = [MonthEnd(first, here, here - before, current=False) for first, here, before in zip(firsts[1:-1], history[1:], history[:-1], strict=True)]
    result.append(MonthEnd(firsts[-1], available, available - history[-1], current=True))
    while len(result) > 1 and not result[0].points and not result[0].change:
        result.pop(0)
    return result


def _sums_at(rows: QuerySet[Any], name: str, instants: list[datetime], *, lot: str) -> list[int]:
    """Σ `name` of rows that existed before each instant, over lots that could be spent then."""
    columns = {}
    for place, at in enumerate(instants):
        lives = Q(**{f"{lot}available_at__lt": at, "occurred_at__lt": at}) & (Q(**{f"{lot}expires_at__isnull": True}) | Q(**{f"{lot}expires_at__gt": at}))
        columns[f"at_{place}"] = Coalesce(Sum(Case(When(lives, then=F(name)), default=Value(0), output_field=IntegerField())), 0)
    totals = rows.aggregate(**columns)
    return [totals[f"at_{place}"] for place in range(len(instants))]


def partners_of(member_id: int) -> list[Partner]:
    """The partners that a member's operations name, by name."""
    named = Q()
    for source in (Entry, Order, Return):
        named |= Q(Exists(source.objects.filter(member_id=member_id, partner=OuterRef("pk"))))
    return list(Partner.objects.filter(named).order_by("name", "pk"))


def first_day_of_history(member_id: int, *, zone: ZoneInfo) -> date | None:
    """The business day of the first operation."""
    firsts = {
        source.__name__: Subquery(source.objects.filter(member_id=member_id).order_by("occurred_at").values("occurred_at")[:1])
        for source in (Entry, Order, Return)
    }
    found = Member.objects.filter(pk=member_id).values_list(*firsts.values()).first() or ()
    first = min((at for at in found if at), default=None)
    return business_day(first, zone) if first else None


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
