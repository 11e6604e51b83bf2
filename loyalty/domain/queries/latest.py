"""A member's latest operations in short, in one query: entries, and purchases and returns that moved no points."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, DateTimeField, DecimalField, F, IntegerField, QuerySet, Subquery, Value

from loyalty.domain.queries import unmoved
from loyalty.domain.queries.history import Filters, operations, place
from loyalty.enums import EntryKind
from loyalty.models import Entry, Order, Return
from partners.models import Category, Partner

_NO_NUMBER = Value(None, output_field=BigIntegerField())
_NO_MONEY = Value(None, output_field=DecimalField(max_digits=14, decimal_places=2))
_NO_DATE = Value(None, output_field=DateTimeField())
_PARTNER = {"partner_id": F("partner_id"), "partner": F("partner__name"), "icon": F("partner__category__icon")}
_NO_DATES = {"available_at": _NO_DATE, "expires_at": _NO_DATE}
_NO_POINTS = {"points": Value(0, output_field=BigIntegerField()), "earned": _NO_NUMBER, "redeemed": _NO_NUMBER, "returned": _NO_NUMBER}

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


def latest(member_id: int, *, count: int, now: datetime, beside: Mapping[str, Subquery]) -> tuple[list[Entry], dict[str, Any]]:
    """Up to `count` entries that stand for operations, newest first, and the values of `beside` (none without operations).

    The entries, their partners and documents know only what a line of a list says. One query.
    """
    sources = [
        _read(operations(member_id, filters=Filters(), now=now), _OF_ENTRY, beside, number=0, count=count),
        _read(unmoved.returns(member_id), _OF_RETURN, beside, number=1, count=count),
        _read(unmoved.orders(member_id), _OF_ORDER, beside, number=2, count=count),
    ]
    names = ["number", "pk", "at", *_OF_ENTRY, *beside]
    found = [dict(zip(names, row, strict=True)) for row in sources[0].union(*sources[1:], all=True)]
    found.sort(key=lambda row: astuple(place(row["at"], row["pk"], row["number"])), reverse=True)
    return [_entry(row) for row in found[:count]], {name: found[0][name] for name in beside} if found else {}


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
