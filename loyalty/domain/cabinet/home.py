"""What the first page of the cabinet shows of a member."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

from loyalty.domain.cabinet.history import Operation, operation
from loyalty.domain.cabinet.latest import latest
from loyalty.domain.ledger import Balance, member_balance
from loyalty.lib.clock import business_day, start_of_day
from loyalty.models import Programme

RECENT = 5
SAVED_YEARS = 3


@dataclass(frozen=True)
class Next:
    """The nearest date of its kind and its points."""

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


def home_of(member_id: int, *, programme: Programme, now: datetime) -> Home:
    """The member's home page as of now. A constant number of queries: the page may cost 12, most of them the balance's."""
    balance = member_balance(member_id, programme=programme, at=now)
    this_year = business_day(now, programme.zone).year
    years = [this_year - ago for ago in reversed(range(SAVED_YEARS))]
    recent, savings = latest(member_id, count=RECENT, years=[_bounds(year, programme) for year in years])
    since = savings.since
    pending, expiring = _nearest(balance.pending_by_date), _nearest(balance.expiring_by_date)
    return Home(
        balance=balance,
        worth=balance.available * programme.point_value,
        next_pending=pending,
        next_expiring=expiring,
        expiring_pays=smallest_order(expiring.points, programme) if expiring else None,
        recent=[operation(entry, zone=programme.zone, now=now) for entry in recent],
        saved=[SavedYear(year, points * programme.point_value) for year, points in zip(years, savings.points, strict=True) if since and since.year <= year],
        saved_since=business_day(since, programme.zone) if since else None,
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


def _bounds(year: int, programme: Programme) -> tuple[datetime, datetime]:
    """A year's beginning and end in the programme's zone."""
    return start_of_day(date(year, 1, 1), programme.zone), start_of_day(date(year + 1, 1, 1), programme.zone)
