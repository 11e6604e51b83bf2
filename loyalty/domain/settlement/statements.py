"""A partner's settlement with the operator, a business month at a time, straight from the ledger.

A partner pays the operator for the points that it funds, less those that returns took back unspent, and a fee on its
turnover; the operator pays the partner for the points that members paid with at its tills, less those that returns
gave back. docs/settlement.md has the rules with worked figures.

A movement belongs to the month in which it happened. Finance closes months in their order; what is recorded later
for a closed month stands as a correction in the first month that was still open then. So a closed statement never
changes, and every movement stands on exactly one statement.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Member
from loyalty.domain.settlement import reading as read
from loyalty.domain.settlement.reading import EVERYBODY, TABLES, Span, Sums, Whose
from loyalty.enums import LotSource
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.errors import DomainError
from loyalty.lib.locks import wait_for_writers
from loyalty.lib.money import KOPECK
from loyalty.lib.rows import id_set
from loyalty.models import Programme, SettlementMonth, Statement
from partners.models import Partner


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a statement. `money` is positive where the partner pays; `points` are without a sign.

    `code`: issued, taken_back, redeemed, given_back, fee. `reason` says for what points were issued; a fee has its
    `pct` and the `turnover` it is taken of.
    """

    code: str
    money: Decimal
    points: int = 0
    reason: str = ""
    pct: Decimal | None = None
    turnover: Decimal | None = None


@dataclass(frozen=True)
class Settlement:
    """A partner's statement (partner None: the operator's own). `corrections` are of months closed before."""

    partner: Partner | None
    month: date
    sums: Sums
    late: Sums
    lines: list[StatementLine]
    corrections: list[StatementLine]
    closed_at: datetime | None
    spans: list[Span] = field(repr=False)

    @property
    def total(self) -> Decimal:
        """What the partner pays the operator; below 0, what the operator pays the partner."""
        return sum((line.money for line in (*self.lines, *self.corrections)), Decimal("0.00"))

    @property
    def correction(self) -> Decimal:
        """What the corrections come to."""
        return sum((line.money for line in self.corrections), Decimal("0.00"))


def parse_month(text: str) -> date:
    """The first day of a month written as 2026-11. Raises DomainError bad_month."""
    try:
        year, month = text.split("-")
        if len(year) != 4 or len(month) != 2 or not (text.isascii() and year.isdigit() and month.isdigit()) or not 1000 <= int(year) <= 9000:
            raise ValueError(text)
        return date(int(year), int(month), 1)
    except ValueError:
        raise DomainError("bad_month", f"“{text[:40]}” is not a month, as in 2026-11.") from None


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_of(instant: datetime, programme: Programme) -> date:
    """The business month of an instant, as its first day."""
    return business_day(instant, programme.zone).replace(day=1)


def months(whose: Whose, *, programme: Programme, now: datetime) -> list[date]:
    """The months that a partner may ask for, newest first: from its first movement to the present."""
    first, month = read.first_movement(whose), month_of(now, programme)
    oldest = min(month, month_of(first, programme)) if first else month
    found = []
    while oldest <= month:
        found.append(oldest)
        oldest = next_month(oldest)
    return found[::-1]


def spans(month: date, *, programme: Programme) -> tuple[list[Span], datetime | None]:
    """(the month's own movements, then the late ones of months before; when it was closed). One query."""
    closed = {row.month: row for row in SettlementMonth.objects.all()}
    since, until = start_of_day(month, programme.zone), start_of_day(next_month(month), programme.zone)
    if not closed:
        return [Span(since, until)], None
    first, last = min(closed), max(closed)
    if month <= first:
        # Before the books began there are no corrections; what was recorded after the first closing is one of its successor.
        return [Span(since, until, upto=closed[first].cuts)], closed[first].closed_at if month == first else None
    row = closed.get(month)
    own = Span(since, until, upto=row.cuts if row else None)
    previous = closed.get((month - timedelta(days=1)).replace(day=1))
    if previous is None:
        # Not the first open month: corrections stand on that one.
        return [own], None
    return [own, Span(None, since, after=previous.cuts, upto=row.cuts if row else None)], row.closed_at if row and month <= last else None


def settle(partner: Partner | None, month: date, *, programme: Programme) -> Settlement:
    """The statement of a month (its first day in the programme's zone): final once it is closed, a draft before. Eleven queries at most."""
    whose = Whose(partner.pk if partner else None)
    found, closed_at = spans(month, programme=programme)
    own, *late = [read.sums(span, whose).get(whose.partner_id, Sums()) for span in found]
    earlier = late[0] if late else Sums()
    return Settlement(partner, month, own, earlier, lines(own, programme), lines(earlier, programme), closed_at, found)


def settle_all(month: date, *, programme: Programme) -> list[Settlement]:
    """The statements of all partners with movements in a month, by name; the operator's own last. A dozen queries."""
    found, closed_at = spans(month, programme=programme)
    own, *rest = [read.sums(span, EVERYBODY) for span in found]
    late = rest[0] if rest else {}
    ids = {*own, *late}
    partners: list[Partner | None] = [*Partner.objects.filter(pk__in=id_set(pk for pk in ids if pk is not None)).order_by("name", "pk")]
    if None in ids:
        partners.append(None)
    made = []
    for partner in partners:
        pk = partner.pk if partner else None
        mine, earlier = own.get(pk, Sums()), late.get(pk, Sums())
        made.append(Settlement(partner, month, mine, earlier, lines(mine, programme), lines(earlier, programme), closed_at, found))
    return made


def lines(sums: Sums, programme: Programme) -> list[StatementLine]:
    """What sums come to in money: each line is rounded to the kopeck (half up), and the total is the sum of the lines."""

    def worth(points: int) -> Decimal:
        return (points * programme.point_value).quantize(KOPECK, ROUND_HALF_UP)

    made = [StatementLine("issued", worth(points), points, reason) for reason, points in sorted(sums.issued.items(), key=_by_reason) if points]
    if sums.taken_back:
        made.append(StatementLine("taken_back", -worth(sums.taken_back), sums.taken_back))
    if sums.redeemed:
        made.append(StatementLine("redeemed", -worth(sums.redeemed), sums.redeemed))
    if sums.given_back:
        made.append(StatementLine("given_back", worth(sums.given_back), sums.given_back))
    for pct, turnover in sorted(sums.by_fee.items()):
        fee = (turnover * pct / 100).quantize(KOPECK, ROUND_HALF_UP)
        made.append(StatementLine("fee", fee, pct=pct, turnover=turnover))
    return made


def closed_months() -> list[SettlementMonth]:
    """The closed months, the earliest first."""
    return list(SettlementMonth.objects.select_related("closed_by").order_by("month"))


def close_month(month: date, *, programme: Programme, now: datetime, by_id: int | None = None) -> SettlementMonth:
    """Close a month for all partners: from here on its statements never change.

    Closing it again completes what an interrupted closing left. Raises DomainError: month_not_over, month_out_of_order.
    """
    if start_of_day(next_month(month), programme.zone) > now:
        raise DomainError("month_not_over", f"{month:%Y-%m} is not over yet; a month is closed when it is.")
    with transaction.atomic():
        _wait_for_writers()
        last = SettlementMonth.objects.order_by("-month").first()
        row = SettlementMonth.objects.filter(month=month).first()
        if row is None:
            if last is not None and month != next_month(last.month):
                raise DomainError("month_out_of_order", f"Months are closed one after another; the next one is {next_month(last.month):%Y-%m}.")
            cuts = {name: int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0) for name, model in TABLES.items()}
            row = SettlementMonth.objects.create(month=month, closed_at=now, closed_by_id=by_id, cuts=cuts)
    # The figures follow from the cuts, whenever they are worked out: writers need not wait for them.
    if not row.statements.exists():
        figures = stored_figures(month, programme=programme)
        Statement.objects.bulk_create(
            [Statement(month=row, partner_id=partner_id, figures=values) for partner_id, values in figures.items()], ignore_conflicts=True
        )
    return row


def stored_figures(month: date, *, programme: Programme) -> dict[int | None, dict[str, Any]]:
    """Partner (None: the operator) → own figures and corrections of a month, as a closed month keeps them."""
    found, _closed_at = spans(month, programme=programme)
    own, *late = [read.sums(span, EVERYBODY) for span in found]
    earlier = late[0] if late else {}
    partners = sorted({*own, *earlier}, key=lambda pk: (pk is not None, pk or 0))
    return {pk: {"own": own.get(pk, Sums()).as_json(), "late": earlier.get(pk, Sums()).as_json()} for pk in partners}


def _by_reason(item: tuple[str, int]) -> tuple[int, str]:
    """What purchases earned first, then grants by their names."""
    reasons = [str(source) for source in LotSource]
    return (reasons.index(item[0]) if item[0] in reasons else len(reasons), item[0])


def _wait_for_writers() -> None:
    """Let everybody finish who is writing to the ledger, and nobody begin until this transaction ends.

    Every writer locks its members first. So no row that is committed later has an id below those seen now, which ids
    alone don't promise.
    """
    wait_for_writers(Member._meta.db_table)
