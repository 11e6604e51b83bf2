"""What a partner's statement is made of: sums and single movements of points, read from lots, allocations and entries.

Points are whole, money is in the programme's currency. Every function costs the same number of queries whatever
the number of partners, documents and months.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Model, Q, QuerySet, Sum

from loyalty.enums import EntryKind, LotSource
from loyalty.lib.pagination import Cursor
from loyalty.models import Allocation, Entry, Lot, Order, Return

# Lots that only carry on points issued before: given back after their lot's end, or sent by another member.
CARRIED_ON = (EntryKind.RETURN_REDEMPTION, EntryKind.TRANSFER_IN)
_ACCEPTED = (EntryKind.REDEMPTION, EntryKind.RETURN_REDEMPTION)
_OF_PURCHASES = (LotSource.BASE, LotSource.LEVEL, LotSource.OFFER)
# The tables that statements read; a closed month has the last id of each.
TABLES: dict[str, type[Model]] = {"order": Order, "return": Return, "entry": Entry, "lot": Lot, "allocation": Allocation}
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that happened in [since, until) and were recorded after the ids `after`, up to the ids `upto`. None: no bound."""

    since: datetime | None
    until: datetime | None
    after: Mapping[str, int] | None = None
    upto: Mapping[str, int] | None = None

    def of(self, model: type[Model]) -> Q:
        """The condition on rows of one of TABLES."""
        name = str(model._meta.model_name)
        rows = Q()
        if self.since is not None:
            rows &= Q(occurred_at__gte=self.since)
        if self.until is not None:
            rows &= Q(occurred_at__lt=self.until)
        if self.after is not None:
            rows &= Q(pk__gt=self.after[name])
        if self.upto is not None:
            rows &= Q(pk__lte=self.upto[name])
        return rows


@dataclass(slots=True)
class Sums:
    """Movements added up. `issued` is by reason: base, level, offer, or the kind of a grant. All points are positive.

    `turnover` is what orders cost after discounts, whether paid in money or points; `by_fee` is turnover less returns
    by the operator's fee in percent.
    """

    issued: dict[str, int] = field(default_factory=dict)
    taken_back: int = 0
    redeemed: int = 0
    given_back: int = 0
    orders: int = 0
    returns: int = 0
    turnover: Decimal = Decimal("0.00")
    returned: Decimal = Decimal("0.00")
    by_fee: dict[Decimal, Decimal] = field(default_factory=dict)

    @property
    def issued_total(self) -> int:
        return sum(self.issued.values())

    @property
    def nothing(self) -> bool:
        """Whether nothing moved at all."""
        return self == Sums()

    def as_json(self) -> dict[str, Any]:
        """For storage and comparison: whole numbers, and money as text."""
        return {
            "issued": dict(sorted(self.issued.items())),
            "taken_back": self.taken_back,
            "redeemed": self.redeemed,
            "given_back": self.given_back,
            "orders": self.orders,
            "returns": self.returns,
            "turnover": f"{self.turnover:.2f}",
            "returned": f"{self.returned:.2f}",
            "by_fee": {f"{pct.normalize():f}": f"{money:.2f}" for pct, money in sorted(self.by_fee.items())},
        }


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose statement: one partner's, the operator's (`partner_id` None), or `everybody`'s."""

    partner_id: int | None = None
    everybody: bool = False

    def by(self, column: str) -> Q:
        return Q() if self.everybody else Q(**{column: self.partner_id} if self.partner_id is not None else {f"{column}__isnull": True})


EVERYBODY = Whose(everybody=True)


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of points on a statement. `points` is positive where the partner pays the operator for them.

    `document` is the partner's id of its own order or return; empty for what happened elsewhere. `money` is the
    document's value. `late`: it happened in a month that was closed before it was recorded.
    """

    at: datetime
    recorded_at: datetime
    what: str
    reason: str
    points: int
    document: str
    money: Decimal | None
    late: bool
    stream: int
    id: int

    @property
    def cursor(self) -> str:
        """Names this row as the last one seen."""
        return f"{self.stream}.{Cursor(self.at, self.id).encode()}"


# Makes a movement of a row: (row, stream, late).
type _Reader = Callable[[Any, int, bool], Movement]


def sums(span: Span, whose: Whose) -> dict[int | None, Sums]:
    """Partner (None: the operator) → what moved in a span. Partners without movements are left out. Five queries."""
    found: defaultdict[int | None, Sums] = defaultdict(Sums)
    lots = Lot.objects.filter(span.of(Lot), whose.by("funder")).exclude(entry__kind__in=CARRIED_ON)
    for funder, source, kind, points in _totals(lots, "funder_id", "source", "entry__kind"):
        issued = found[funder].issued
        reason = str(source if source in _OF_PURCHASES else kind)
        issued[reason] = issued.get(reason, 0) + points
    taken = Allocation.objects.filter(span.of(Allocation), whose.by("lot__funder"), entry__kind=EntryKind.RETURN_ACCRUAL)
    for funder, points in _totals(taken, "lot__funder_id"):
        found[funder].taken_back = points
    for partner, kind, points in _totals(Entry.objects.filter(span.of(Entry), whose.by("partner"), kind__in=_ACCEPTED), "partner_id", "kind"):
        if kind == EntryKind.REDEMPTION:
            found[partner].redeemed = -points
        else:
            found[partner].given_back = points
    orders = Order.objects.filter(span.of(Order), whose.by("partner")).values_list("partner_id", "terms__fee_pct").order_by()
    for partner, fee_pct, count, total, discount in orders.annotate(Count("pk"), Sum("total"), Sum("discount")):
        _add_turnover(found[partner], fee_pct, _money(total) - _money(discount))
        found[partner].orders += count
        found[partner].turnover += _money(total) - _money(discount)
    returns = Return.objects.filter(span.of(Return), whose.by("partner")).values_list("partner_id", "terms__fee_pct").order_by()
    for partner, fee_pct, count, total in returns.annotate(Count("pk"), Sum("total")):
        _add_turnover(found[partner], fee_pct, -_money(total))
        found[partner].returns += count
        found[partner].returned += _money(total)
    return dict(found)


def movements(whose: Whose, spans: Sequence[Span], *, after: str = "", limit: int) -> list[Movement]:
    """The movements of spans (the month's own, then the late ones), newest first, after a cursor. Three queries a span."""
    mark = _decode(after)
    rows: list[Movement] = []
    for place, span in enumerate(spans):
        for stream, (rows_of, read) in enumerate(_streams(whose, span)):
            rows_of = rows_of.filter(_past(mark, stream)) if mark else rows_of
            rows += [read(row, stream, place > 0) for row in rows_of[:limit]]
    return sorted(rows, key=_place)[:limit]


def every_movement(whose: Whose, spans: Sequence[Span]) -> Iterator[Movement]:
    """All movements of spans in the same order, a chunk of rows in memory at a time."""
    for place, span in enumerate(spans):
        flows = [_read_all(stream, rows_of, read, late=place > 0) for stream, (rows_of, read) in enumerate(_streams(whose, span))]
        yield from heapq.merge(*flows, key=_place)


def _read_all(stream: int, rows: QuerySet[Any, Any], read: _Reader, *, late: bool) -> Iterator[Movement]:
    for row in rows.iterator(chunk_size=_CHUNK):
        yield read(row, stream, late)


def first_movement(whose: Whose) -> datetime | None:
    """When the first order, lot or return of a partner happened. Three queries."""
    firsts = [
        rows.order_by("occurred_at").values_list("occurred_at", flat=True).first()
        for rows in (Order.objects.filter(whose.by("partner")), Return.objects.filter(whose.by("partner")), Lot.objects.filter(whose.by("funder")))
    ]
    return min((first for first in firsts if first is not None), default=None)


def _totals(rows: QuerySet[Any], *columns: str) -> QuerySet[Any, Any]:
    totals: QuerySet[Any, Any] = rows.values_list(*columns).annotate(Sum("points")).order_by()
    return totals


def _money(value: Decimal | None) -> Decimal:
    """SQLite adds money up in binary fractions."""
    return Decimal(value or 0).quantize(Decimal("0.01"))


def _add_turnover(into: Sums, fee_pct: Decimal, money: Decimal) -> None:
    if fee_pct:
        pct = fee_pct.normalize()
        into.by_fee[pct] = into.by_fee.get(pct, Decimal("0.00")) + money


def _streams(whose: Whose, span: Span) -> list[tuple[QuerySet[Any, Any], _Reader]]:
    """Issued, taken back, accepted: rows in the order of the list, and what makes a Movement of a row."""
    newest = ("-occurred_at", "-pk")
    document = ("entry__partner_id", "entry__order__external_id", "entry__order__total", "entry__order__discount")
    back = ("entry__partner_id", "entry__order_return__external_id", "entry__order_return__total")

    def own(partner_id: int | None, name: str | None) -> str:
        # Another partner's document is its own business.
        return name or "" if whose.everybody or partner_id == whose.partner_id else ""

    def issued(row: Any, stream: int, late: bool) -> Movement:
        pk, at, points, source, kind, recorded, partner_id, name, total, discount = row
        shown = own(partner_id, name)
        reason = str(source if source in _OF_PURCHASES else kind)
        return Movement(at, recorded, "issued", reason, points, shown, total - discount if shown else None, late, stream, pk)

    def taken(row: Any, stream: int, late: bool) -> Movement:
        pk, at, points, source, recorded, partner_id, name, total = row
        shown = own(partner_id, name)
        return Movement(at, recorded, "taken_back", str(source), -points, shown, total if shown else None, late, stream, pk)

    def accepted(row: Any, stream: int, late: bool) -> Movement:
        pk, at, points, kind, recorded, order, total, discount, name, returned = row
        if kind == EntryKind.REDEMPTION:
            return Movement(at, recorded, "redeemed", "", points, order or "", total - discount if order else None, late, stream, pk)
        return Movement(at, recorded, "given_back", "", points, name or "", returned, late, stream, pk)

    lots = Lot.objects.filter(span.of(Lot), whose.by("funder")).exclude(entry__kind__in=CARRIED_ON)
    takes = Allocation.objects.filter(span.of(Allocation), whose.by("lot__funder"), entry__kind=EntryKind.RETURN_ACCRUAL)
    entries = Entry.objects.filter(span.of(Entry), whose.by("partner"), kind__in=_ACCEPTED)
    ordered = ("order__external_id", "order__total", "order__discount", "order_return__external_id", "order_return__total")
    return [
        (lots.order_by(*newest).values_list("pk", "occurred_at", "points", "source", "entry__kind", "entry__created_at", *document), issued),
        (takes.order_by(*newest).values_list("pk", "occurred_at", "points", "lot__source", "entry__created_at", *back), taken),
        (entries.order_by(*newest).values_list("pk", "occurred_at", "points", "kind", "created_at", *ordered), accepted),
    ]


def _place(row: Movement) -> tuple[float, int, int]:
    return (-row.at.timestamp(), row.stream, -row.id)


def _decode(text: str) -> tuple[int, Cursor] | None:
    stream, _dot, rest = text.partition(".")
    cursor = Cursor.decode(rest)
    return (int(stream), cursor) if cursor is not None and stream in ("0", "1", "2") else None


def _past(mark: tuple[int, Cursor], stream: int) -> Q:
    """Rows of a stream that come after the mark: at one instant the streams follow one another."""
    last, cursor = mark
    if stream == last:
        return cursor.before("occurred_at")
    return Q(occurred_at__lte=cursor.at) if stream > last else Q(occurred_at__lt=cursor.at)
