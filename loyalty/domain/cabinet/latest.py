"""A member's latest operations in short, in one query: entries, and purchases and returns that moved no points."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, DateTimeField, DecimalField, F, IntegerField, QuerySet, Subquery, Sum, Value

from loyalty.domain.cabinet import unmoved
from loyalty.domain.cabinet.history import HistoryFilters, operations, place
from loyalty.enums import EntryKind
from loyalty.lib.sql import Compiled
from loyalty.models import Entry, Order, Return
from partners.models import Category, Partner

_ANY_TIME = datetime.max.replace(tzinfo=UTC)
_NO_NUMBER = Value(None, output_field=BigIntegerField())
_NO_MONEY = Value(None, output_field=DecimalField(max_digits=14, decimal_places=2))
_NO_DATE = Value(None, output_field=DateTimeField())
_PARTNER = {"partner_id": F("partner_id"), "partner": F("partner__name"), "icon": F("partner__category__icon")}
_NO_DATES = {"available_at": _NO_DATE, "expires_at": _NO_DATE}
_NO_POINTS = {"points": Value(0, output_field=BigIntegerField()), "earned": _NO_NUMBER, "redeemed": _NO_NUMBER, "returned": _NO_NUMBER}


@dataclass(slots=True, frozen=True)
class Savings:
    """When points were redeemed first, and how many in each of the years asked about."""

    since: datetime | None
    points: list[int]


# The same columns of each source, in the same order; in the history's order of sources.
_OF_ENTRY = {
    "kind": F("kind"),
    "points": F("points"),
    "earned": F("order__points_earned"),
    "redeemed": F("order__points_redeemed"),
    "returned": F("order_returned"),
    "order_id": F("order_id"),
    "total": F("order__total"),
    "return_id": F("order_return_id"),
    "restored": F("order_return__points_restored"),
    "available_at": F("available_at"),
    "expires_at": F("expires_at"),
    **_PARTNER,
}
_OF_RETURN = {
    "kind": Value(str(EntryKind.RETURN_ACCRUAL), output_field=CharField()),
    **_NO_POINTS,
    "order_id": F("order_id"),
    "total": F("order__total"),
    "return_id": F("pk"),
    "restored": F("points_restored"),
    **_NO_DATES,
    **_PARTNER,
}
_OF_ORDER = {
    "kind": Value(str(EntryKind.ACCRUAL), output_field=CharField()),
    **_NO_POINTS,
    "order_id": F("pk"),
    "total": F("total"),
    "return_id": _NO_NUMBER,
    "restored": _NO_NUMBER,
    **_NO_DATES,
    **_PARTNER,
}


def latest(member_id: int, *, count: int, years: Sequence[tuple[datetime, datetime]]) -> tuple[list[Entry], Savings]:
    """Up to `count` entries that stand for operations, newest first, and what was saved in each of the years (begin, end).

    The entries, their partners and documents know only what a line of a list says. One query.
    """
    bounds = {name: instant for ago, year in enumerate(years) for name, instant in zip((f"begin_{ago}", f"end_{ago}"), year, strict=True)}
    names = ["number", "pk", "at", *_OF_ENTRY, "saved_since", *(f"saved_{ago}" for ago in range(len(years)))]
    found = [dict(zip(names, row, strict=True)) for row in _latest(count).rows(member_id=member_id, **bounds)]
    found.sort(key=lambda row: astuple(place(row["at"], row["pk"], row["number"])), reverse=True)
    entries = [_entry(row) for row in found[:count]]
    if not found:
        return entries, Savings(None, [0 for _year in years])
    return entries, Savings(found[0]["saved_since"], [found[0][f"saved_{ago}"] or 0 for ago in range(len(years))])


@cache
def _latest(count: int) -> Compiled:
    """The operations of a member and, as columns beside them, the savings: these don't depend on the rows, so the database works them out once."""

    def build(*, member_id: int, **bounds: datetime) -> QuerySet[Any]:
        beside = _savings(member_id, [(bounds[f"begin_{ago}"], bounds[f"end_{ago}"]) for ago in range(len(bounds) // 2)])
        entries, *others = [
            # All operations are the same ones at any time.
            _read(operations(member_id, filters=HistoryFilters(), now=_ANY_TIME), _OF_ENTRY, beside, number=0, count=count),
            _read(unmoved.returns(member_id), _OF_RETURN, beside, number=1, count=count),
            _read(unmoved.orders(member_id), _OF_ORDER, beside, number=2, count=count),
        ]
        return entries.union(*others, all=True)

    return Compiled(build)


def _savings(member_id: int, years: Sequence[tuple[datetime, datetime]]) -> dict[str, Subquery]:
    """The first redemption, and the points redeemed in each year. What a return gave back was not saved."""
    spent = Entry.objects.filter(member_id=member_id, kind=EntryKind.REDEMPTION).order_by("occurred_at")
    columns = {"saved_since": Subquery(spent.values("occurred_at")[:1])}
    for ago, (begin, end) in enumerate(years):
        kinds = (EntryKind.REDEMPTION, EntryKind.RETURN_REDEMPTION)
        moved = Entry.objects.filter(member_id=member_id, kind__in=kinds, occurred_at__gte=begin, occurred_at__lt=end)
        columns[f"saved_{ago}"] = Subquery(moved.order_by().values("member").annotate(net=Sum(-F("points"))).values("net"))
    return columns


def _read(rows: QuerySet[Any], columns: Mapping[str, Any], beside: Mapping[str, Subquery], *, number: int, count: int) -> QuerySet[Any]:
    """A source's latest rows as tuples. Their keys are found first: not every database limits the parts of a union."""
    keys = rows.order_by("-occurred_at", "-pk").values("pk")[:count]
    told = rows.filter(pk__in=keys).order_by()
    return told.values_list(Value(number, output_field=IntegerField()), F("pk"), F("occurred_at"), *columns.values(), *beside.values())


def _entry(row: Mapping[str, Any]) -> Entry:
    entry = Entry(kind=row["kind"], points=row["points"], occurred_at=row["at"])
    if row["partner_id"]:
        entry.partner = Partner(pk=row["partner_id"], name=row["partner"], category=Category(icon=row["icon"]) if row["icon"] else None)
    if row["order_id"]:
        entry.order = Order(pk=row["order_id"], total=row["total"], points_earned=row["earned"] or 0, points_redeemed=row["redeemed"] or 0)
    if row["return_id"]:
        entry.order_return = Return(pk=row["return_id"], points_restored=row["restored"])
    # As `operations` has them.
    entry.order_returned, entry.available_at, entry.expires_at = row["returned"], row["available_at"], row["expires_at"]  # type: ignore[attr-defined]
    return entry
