"""/desk/<slug>/settlement/: what the partner and the operator owe each other for a month, and of which documents."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.domain import settlement as settlements
from loyalty.domain.settlement import Whose
from loyalty.web import tables
from loyalty.web.page import programme_of
from loyalty.web.settlement import documents, month_asked
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
