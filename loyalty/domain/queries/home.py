"""What the first page of the cabinet shows of a member."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

from django.db.models import F, Min, Q, Sum
from django.db.models.functions import ExtractYear

from loyalty.domain.queries.balance import Balance, member_balance
from loyalty.domain.queries.history import Filters, Operation, operation, operations
from loyalty.enums import EntryKind
from loyalty.lib.clock import business_day
from loyalty.models import Entry, Programme

RECENT = 4


@dataclass(frozen=True)
class Next:
    """The nearest date of a kind, its points, and on how many dates there are more."""

    on: date
    points: int


@dataclass(frozen=True)
class SavedYear:
    """Money that redeemed points were worth in a calendar year of the programme's zone."""

    year: int
    money: Decimal


@dataclass(frozen=True)
class Home:
    """Everything of the page. Money is in the programme's currency."""

    balance: Balance
    worth: Decimal
    next_pending: Next | None
    next_expiring: Next | None
    expiring_pays: Decimal | None
    recent: list[Operation]
    saved: list[SavedYear]
    saved_since: date | None


def home(member_id: int, *, programme: Programme, now: datetime) -> Home:
    """The member's home page as of now. A constant number of queries."""
    balance = member_balance(member_id, programme=programme, at=now)
    recent = operations(member_id, filters=Filters(), now=now)[:RECENT]
    saved, since = _saved_by_year(member_id, programme)
    pending, expiring = _nearest(balance.pending_by_date), _nearest(balance.expiring_by_date)
    return Home(
        balance=balance,
        worth=balance.available * programme.point_value,
        next_pending=pending,
        next_expiring=expiring,
        expiring_pays=smallest_order(expiring.points, programme) if expiring else None,
        recent=[operation(entry, zone=programme.zone, now=now) for entry in recent],
        saved=saved,
        saved_since=since,
    )


def smallest_order(points: int, programme: Programme) -> Decimal | None:
    """The smallest order, in whole units of money, that so many points can help to pay; None where they can't pay at all."""
    if not programme.spendable_share:
        return None
    exact = points * programme.point_value * 100 / programme.spendable_share
    return exact.to_integral_value(rounding=ROUND_CEILING)


def _nearest(by_date: dict[date, int]) -> Next | None:
    for day, points in by_date.items():
        if points:
            return Next(day, points)
    return None


def _saved_by_year(member_id: int, programme: Programme) -> tuple[list[SavedYear], date | None]:
    """Years with redemptions, oldest first, and the day of the first one. What a return gave back was not saved."""
    rows = (
        Entry.objects.filter(member_id=member_id, kind__in=(EntryKind.REDEMPTION, EntryKind.RETURN_REDEMPTION))
        .annotate(year=ExtractYear("occurred_at", tzinfo=programme.zone))
        .values_list("year")
        .annotate(net=Sum(-F("points")), first=Min("occurred_at", filter=Q(kind=EntryKind.REDEMPTION)))
        .order_by("year")
    )
    years = list(rows)
    saved = [SavedYear(year, net * programme.point_value) for year, net, _first in years if net > 0]
    firsts = [first for _year, _net, first in years if first]
    return saved, business_day(min(firsts), programme.zone) if firsts else None
