"""Counting how often a partner's page is opened and its route link tapped. Nothing about the visitor is kept.

For the views of the catalogue. Each call is one statement that neither reads nor waits for anything else, so it may
run in the view; call it outside a transaction, after the page is made, and not for HEAD, prefetches or robots:

    response = render(request, "partners/partner.html", context)
    visits.record_view(partner_id=partner.pk, outlet_id=None, day=business_day(now, programme.zone))
    return response

`day` is the business day in the programme's zone. `outlet_id` names the outlet that was looked at, or is None for the
partner's page as such; the outlet has to be the partner's own.
"""

from dataclasses import dataclass
from datetime import date
from secrets import randbelow
from typing import Literal

from django.db import connection
from django.db.models import Sum

from partners.models import VisitCount

# A popular page has many visitors at once: they meet at one row in eight.
SHARDS = 8


@dataclass(slots=True)
class Visits:
    """Views and taps on “route”."""

    views: int = 0
    route_taps: int = 0


def record_view(*, partner_id: int, outlet_id: int | None, day: date) -> None:
    """Count one look at a partner's page (or at one of its outlets). One statement."""
    _add("views", partner_id, outlet_id, day)


def record_route_tap(*, partner_id: int, outlet_id: int | None, day: date) -> None:
    """Count one tap on “route”. One statement."""
    _add("route_taps", partner_id, outlet_id, day)


def by_day_and_outlet(partner_id: int, *, since: date, until: date, outlet_id: int | None = None) -> dict[tuple[date, int | None], Visits]:
    """(day, outlet) → counts of the days since … until, both included; `outlet_id` narrows it to one outlet. One query."""
    rows = VisitCount.objects.filter(partner_id=partner_id, day__range=(since, until))
    if outlet_id is not None:
        rows = rows.filter(outlet_id=outlet_id)
    totals = rows.values_list("day", "outlet_id").annotate(Sum("views"), Sum("route_taps")).order_by("day", "outlet_id")
    return {(day, outlet): Visits(views, taps) for day, outlet, views, taps in totals}


def _add(column: Literal["views", "route_taps"], partner_id: int, outlet_id: int | None, day: date) -> None:
    table = VisitCount._meta.db_table
    # Each of the two unique indexes is partial: with an outlet, and without one.
    target = "(partner_id, day, outlet_id, shard) WHERE outlet_id IS NOT NULL" if outlet_id is not None else "(partner_id, day, shard) WHERE outlet_id IS NULL"
    first = {"views": (1, 0), "route_taps": (0, 1)}[column]
    with connection.cursor() as cursor:
        # Only names of our own stand in the text.
        cursor.execute(
            f"INSERT INTO {table} (partner_id, outlet_id, day, shard, views, route_taps) VALUES (%s, %s, %s, %s, %s, %s) "
            f"ON CONFLICT {target} DO UPDATE SET {column} = {table}.{column} + 1",
            [partner_id, outlet_id, connection.ops.adapt_datefield_value(day), randbelow(SHARDS), *first],
        )
