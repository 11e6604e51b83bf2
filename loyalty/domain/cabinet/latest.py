"""A member's latest operations in short, in one query: entries, and purchases and returns that moved no points.

By hand: Django takes longer to build a query of so many columns than PostgreSQL to answer it. What an operation is, `history.operations`
and `unmoved` say; a test compares the two.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from loyalty.domain.cabinet.history import place
from loyalty.enums import EntryKind
from loyalty.lib.branches import Branch, Found, union
from loyalty.lib.shapes import Money
from loyalty.models import Entry, Order, Return
from partners.models import Category, Partner


@dataclass(slots=True, frozen=True)
class Savings:
    """When points were redeemed first, and how many in each of the years asked about."""

    since: datetime | None
    points: list[int]


class Moved(NamedTuple):
    """An entry that stands for an operation, with its documents. `returned`: points that returns of its order took back or were due."""

    id: int
    at: datetime
    kind: str
    points: int
    order_id: int | None
    total: Money | None
    earned: int | None
    redeemed: int | None
    returned: int
    return_id: int | None
    restored: int | None
    available_at: datetime | None
    expires_at: datetime | None
    partner_id: int | None
    partner: str | None
    icon: str | None

    def entry(self) -> Entry:
        """As `history.operations` has it."""
        entry = Entry(kind=self.kind, points=self.points, occurred_at=self.at, partner=_partner(self.partner_id, self.partner, self.icon))
        if self.order_id:
            entry.order = Order(pk=self.order_id, total=self.total or 0, points_earned=self.earned or 0, points_redeemed=self.redeemed or 0)
        if self.return_id:
            entry.order_return = Return(pk=self.return_id, points_restored=self.restored or 0)
        entry.order_returned, entry.available_at, entry.expires_at = self.returned, self.available_at, self.expires_at  # type: ignore[attr-defined]
        return entry


class UnmovedReturn(NamedTuple):
    """A return that neither took nor gave back."""

    id: int
    at: datetime
    order_id: int | None
    total: Money | None
    partner_id: int
    partner: str
    icon: str | None

    def entry(self) -> Entry:
        """The entry of 0 points that would stand for it."""
        entry = Entry(kind=EntryKind.RETURN_ACCRUAL, points=0, occurred_at=self.at, partner=_partner(self.partner_id, self.partner, self.icon))
        entry.order_return = Return(pk=self.id, points_restored=0)
        if self.order_id:
            entry.order = Order(pk=self.order_id, total=self.total or 0)
        return entry


class UnmovedOrder(NamedTuple):
    """A purchase that neither earned nor spent."""

    id: int
    at: datetime
    total: Money
    partner_id: int
    partner: str
    icon: str | None

    def entry(self) -> Entry:
        """The entry of 0 points that would stand for it."""
        entry = Entry(kind=EntryKind.ACCRUAL, points=0, occurred_at=self.at, partner=_partner(self.partner_id, self.partner, self.icon))
        entry.order = Order(pk=self.id, total=self.total)
        return entry


class FirstRedeemed(NamedTuple):
    """When points were redeemed first."""

    at: datetime


class SavedInYear(NamedTuple):
    """Points redeemed, less what returns gave back. `year`: its place among those asked about."""

    year: int
    points: int


class _Year(NamedTuple):
    place: int
    begin: datetime
    ends: datetime


_PARTNER = "LEFT JOIN partners_partner partner ON partner.id = {of}.partner_id LEFT JOIN partners_category category ON category.id = partner.category_id"
_NEWEST = "ORDER BY {of}.occurred_at DESC, {of}.id DESC LIMIT %(count)s"
# In the history's order of sources.
_SOURCES: tuple[type[Any], ...] = (Moved, UnmovedReturn, UnmovedOrder)
_LATEST = union(
    [
        Branch(
            Moved,
            "SELECT entry.id, entry.occurred_at AS at, entry.kind, entry.points, entry.order_id, bought.total, bought.points_earned AS earned, "
            "bought.points_redeemed AS redeemed, "
            "COALESCE((SELECT SUM(other.points_due) FROM loyalty_return other WHERE other.order_id = entry.order_id), 0) AS returned, "
            "entry.order_return_id AS return_id, back.points_restored AS restored, "
            "(SELECT lot.available_at FROM loyalty_lot lot WHERE lot.entry_id = entry.id ORDER BY lot.id LIMIT 1) AS available_at, "
            "(SELECT lot.expires_at FROM loyalty_lot lot WHERE lot.entry_id = entry.id ORDER BY lot.id LIMIT 1) AS expires_at, "
            "entry.partner_id, partner.name AS partner, category.icon FROM loyalty_entry entry "
            "LEFT JOIN loyalty_order bought ON bought.id = entry.order_id LEFT JOIN loyalty_return back ON back.id = entry.order_return_id "
            f"{_PARTNER.format(of='entry')} WHERE entry.member_id = %(member)s "
            # Told with the accrual of their receipt, and with the points taken back.
            f"AND NOT (entry.kind = '{EntryKind.REDEMPTION}' AND COALESCE(bought.points_earned, 0) > 0) "
            f"AND NOT (entry.kind = '{EntryKind.RETURN_REDEMPTION}' AND COALESCE(back.points_due, 0) > COALESCE(back.points_expired, 0)) "
            f"{_NEWEST.format(of='entry')}",
        ),
        Branch(
            UnmovedReturn,
            "SELECT back.id, back.occurred_at AS at, back.order_id, bought.total, back.partner_id, partner.name AS partner, category.icon "
            f"FROM loyalty_return back LEFT JOIN loyalty_order bought ON bought.id = back.order_id {_PARTNER.format(of='back')} "
            f"WHERE back.member_id = %(member)s AND back.points_due = back.points_expired AND back.points_restored = 0 {_NEWEST.format(of='back')}",
        ),
        Branch(
            UnmovedOrder,
            "SELECT bought.id, bought.occurred_at AS at, bought.total, bought.partner_id, partner.name AS partner, category.icon "
            f"FROM loyalty_order bought {_PARTNER.format(of='bought')} "
            f"WHERE bought.member_id = %(member)s AND bought.points_earned = 0 AND bought.points_redeemed = 0 {_NEWEST.format(of='bought')}",
        ),
        Branch(
            FirstRedeemed,
            f"SELECT occurred_at AS at FROM loyalty_entry WHERE member_id = %(member)s AND kind = '{EntryKind.REDEMPTION}' ORDER BY occurred_at LIMIT 1",
        ),
        Branch(
            SavedInYear,
            "SELECT years.place AS year, CAST(SUM(-spent.points) AS bigint) AS points FROM :rows years "
            "JOIN loyalty_entry spent ON spent.occurred_at >= years.begin AND spent.occurred_at < years.ends "
            f"WHERE spent.member_id = %(member)s AND spent.kind IN ('{EntryKind.REDEMPTION}', '{EntryKind.RETURN_REDEMPTION}') GROUP BY years.place",
        ),
    ],
    years=_Year,
)


def latest(member_id: int, *, count: int, years: Sequence[tuple[datetime, datetime]]) -> tuple[list[Entry], Savings]:
    """Up to `count` entries that stand for operations, newest first, and what was saved in each of the years (begin, end).

    The entries, their partners and documents know only what a line of a list says. One query.
    """
    found = Found(_LATEST.ask(member=member_id, count=count, years=[_Year(place, *year) for place, year in enumerate(years)]).rows())
    lines: list[Any] = [(astuple(place(line.at, line.id, number)), line) for number, source in enumerate(_SOURCES) for line in found.of(source)]
    lines.sort(reverse=True)
    saved = {one.year: one.points for one in found.of(SavedInYear)}
    since = next((one.at for one in found.of(FirstRedeemed)), None)
    return [line.entry() for _place, line in lines[:count]], Savings(since, [saved.get(place, 0) for place in range(len(years))])


def _partner(pk: int | None, name: str | None, icon: str | None) -> Partner | None:
    return Partner(pk=pk, name=name or "", category=Category(icon=icon) if icon else None) if pk else None
