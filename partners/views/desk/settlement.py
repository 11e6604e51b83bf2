"""/desk/<slug>/settlement/: what the partner and the operator owe each other for a month, and of which documents."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from loyalty.domain import settlement as settlements
from loyalty.domain.settlement import Movement, Settlement, Whose
from loyalty.lib.errors import DomainError
from loyalty.lib.tables import Cell
from loyalty.models import Programme
from loyalty.web import tables
from loyalty.web.page import programme_of
from partners.models import Partner
from partners.templatetags.desk_reports import REASONS, WHATS, reason_words
from partners.views.desk.access import DeskRequest, desk_page, render_desk

PAGE = 50


@require_safe
@desk_page()
def page(request: DeskRequest) -> HttpResponse:
    """The statement of a month with its documents, newest first."""
    partner, programme = request.desk.partner, programme_of(request)
    months = settlements.months(Whose(partner.pk), programme=programme, now=timezone.now())
    settlement = settlements.settle(partner, month_asked(request.GET.get("month", ""), months), programme=programme)
    rows = settlements.movements(Whose(partner.pk), settlement.spans, after=request.GET.get("after", ""), limit=PAGE + 1)
    context = {
        "settlement": settlement,
        "owed": abs(settlement.total),
        "months": months,
        "is_current": settlement.month == months[0],
        "rows": rows[:PAGE],
        "after": request.GET.get("after", ""),
        "next": rows[PAGE - 1].cursor if len(rows) > PAGE else "",
        "kinds": tables.Kind.choices,
    }
    return render_desk(request, "desk/settlement.html", context)


@require_safe
@desk_page()
def export(request: DeskRequest, kind: str) -> HttpResponse:
    """The documents of a month as a file."""
    partner, programme = request.desk.partner, programme_of(request)
    months = settlements.months(Whose(partner.pk), programme=programme, now=timezone.now())
    settlement = settlements.settle(partner, month_asked(request.GET.get("month", ""), months), programme=programme)
    return documents(kind, settlement, partner=partner, programme=programme)


def month_asked(text: str, months: list[date]) -> date:
    """The month of an address; the present one without any. 404 for what no statement can be of."""
    if not text:
        return months[0]
    try:
        month = settlements.parse_month(text)
    except DomainError:
        raise Http404 from None
    if month not in months:
        raise Http404
    return month


def documents(kind: str, settlement: Settlement, *, partner: Partner, programme: Programme) -> HttpResponse:
    """A statement's movements as a file, then its fees: the amounts add up to the statement."""
    header = [
        gettext("Date"), gettext("Recorded"), gettext("Document"), gettext("What"), gettext("For what"), gettext("Points"),
        gettext("Amount, %(currency)s") % {"currency": programme.currency}, gettext("Value of the document"), gettext("Correction"),
    ]  # fmt: skip
    response: HttpResponse = tables.download(  # type: ignore[assignment]
        kind, name=f"{partner.slug}-{settlement.month:%Y-%m}", header=header, rows=_rows(settlement, Whose(partner.pk), programme)
    )
    return response


def _rows(settlement: Settlement, whose: Whose, programme: Programme) -> Iterator[list[Cell]]:
    # The rows are made while they are sent, when the request's language may be forgotten.
    whats = {code: str(words) for code, words in WHATS.items()}
    reasons = {reason: reason_words(reason) for reason in [*REASONS, *settlement.sums.issued, *settlement.late.issued]}
    yes = gettext("yes")

    def made() -> Iterator[list[Cell]]:
        for row in settlements.every_movement(whose, settlement.spans):
            yield _row(row, whats, reasons, programme, yes)
        for late, lines in ((False, settlement.lines), (True, settlement.corrections)):
            for line in lines:
                if line.code == "fee":
                    yield ["", "", "", whats["fee"], "", None, line.money, line.turnover, yes if late else ""]

    return made()


def _row(row: Movement, whats: dict[str, str], reasons: dict[str, str], programme: Programme, yes: str) -> list[Cell]:
    at, recorded = (instant.astimezone(programme.zone).strftime("%Y-%m-%d %H:%M") for instant in (row.at, row.recorded_at))
    exact = (row.points * programme.point_value).normalize()
    # No exponents: 2E+2 is 200.
    amount = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact
    words = reasons.get(row.reason, row.reason) if row.what == "issued" else ""
    return [at, recorded, row.document, whats[row.what], words, row.points, amount, row.money, yes if row.late else ""]
