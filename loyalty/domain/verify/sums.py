"""Sums over the rows that point at a row, for checks and reports."""

from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Field, Model, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

# SQLite adds money up in binary fractions: sums are equal within half a kopeck.
_HALF_KOPECK = Value(Decimal("0.005"))


def sum_of(model: type[Model], by: str, column: str = "points", only: Q | None = None) -> Coalesce:
    """Σ of a column of the rows whose foreign key `by` is the outer row (and that meet `only`), 0 for none."""
    field = model._meta.get_field(column)
    output: Field[Any, Any] = DecimalField(max_digits=16, decimal_places=2) if isinstance(field, DecimalField) else type(field)()  # type: ignore[assignment,call-arg]
    rows = model._default_manager.filter(only or Q(), **{by: OuterRef("pk")}).order_by().values(by).annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(rows), Value(0), output_field=output)


def apart(one: str, other: str) -> Q:
    """Two money columns differ by more than SQLite's arithmetic can."""
    return Q(**{f"{one}__gt": F(other) + _HALF_KOPECK}) | Q(**{f"{one}__lt": F(other) - _HALF_KOPECK})
