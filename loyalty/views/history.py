"""/history/ : every operation, with filters. The same view serves the page and, for htmx, its next rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Member
from loyalty.domain import cabinet
from loyalty.domain.ledger import member_balance
from loyalty.lib.clock import business_day, start_of_day
from loyalty.lib.pagination import Cursor
from loyalty.models import Programme
from loyalty.web import charts
from loyalty.web.page import member_page, programme_of
from partners.models import Partner


@dataclass(frozen=True)
class Choice:
    """A value of a filter with its name."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True)
class Asked:
    """The filters as the address has them; anything unknown means no filter."""

    shelf: str
    partner: Partner | None
    period: str

    def query(self, **changes: str) -> str:
        """The address of the same filters with changes, without empty ones."""
        values = {"kind": "" if self.shelf == "all" else self.shelf, "partner": self.partner.slug if self.partner else "", "period": self.period, **changes}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    @property
    def narrowed(self) -> bool:
        return bool(self.partner or self.period)


@require_safe
@vary_on_headers("HX-Request")
@member_page
def history(request: HttpRequest, member: Member) -> HttpResponse:
    """The history page; for htmx asking for more, the next operations alone."""
    programme, now = programme_of(request), timezone.now()
    partners = cabinet.partners_of(member.pk)
    first = cabinet.first_day_of_history(member.pk, zone=programme.zone)
    asked, periods = _asked(request, partners, first, programme, now)
    since, until = _span(asked.period, programme, now)
    filters = cabinet.HistoryFilters(asked.shelf, asked.partner.pk if asked.partner else None, since, until)
    after = Cursor.decode(request.GET.get("after", ""))
    page = cabinet.history_page(member.pk, filters=filters, zone=programme.zone, now=now, after=after)
    context = {
        "asked": asked,
        "page": page,
        "more": asked.query(after=page.next.encode()) if page.next else "",
        "funders": {partner.pk: partner.name for partner in partners},
    }
    if request.headers.get("HX-Request") and after:
        return render(request, "loyalty/_operations.html", {**context, "fragment": True})
    balance = member_balance(member.pk, programme=programme, at=now)
    ends = cabinet.month_ends(member.pk, zone=programme.zone, now=now, available=balance.available)
    context |= {
        "balance": balance,
        "chips": [
            Choice(asked.query(kind="" if shelf == "all" else shelf) if shelf != "all" or asked.narrowed else "?", name, shelf == asked.shelf)
            for shelf, name in _shelves()
        ],
        "partners": partners,
        "periods": periods,
        "chart": charts.month_chart(ends) if first else None,
        "empty": first is None,
        "after": after,
    }
    return render(request, "loyalty/history.html", context)


def _shelves() -> list[tuple[str, str]]:
    return [
        ("all", gettext("All")),
        ("credited", gettext("Credited")),
        ("pending", gettext("Pending")),
        ("spent", gettext("Spent")),
        ("returns", gettext("Returns")),
        ("expired", gettext("Expired")),
    ]


def _asked(request: HttpRequest, partners: list[Partner], first: date | None, programme: Programme, now: datetime) -> tuple[Asked, list[Choice]]:
    shelf = request.GET.get("kind", "all")
    slug, period = request.GET.get("partner", ""), request.GET.get("period", "")
    this_year = business_day(now, programme.zone).year
    names = [("3m", gettext("Last 3 months"))]
    names += [(str(year), gettext("Year %(year)s") % {"year": year}) for year in range(this_year, (first.year if first else this_year) - 1, -1)]
    if period not in dict(names):
        period = ""
    asked = Asked(
        shelf=shelf if shelf in cabinet.HISTORY_SHELVES else "all",
        partner=next((partner for partner in partners if partner.slug == slug), None),
        period=period,
    )
    return asked, [Choice(value, name, value == period) for value, name in names]


def _span(period: str, programme: Programme, now: datetime) -> tuple[datetime | None, datetime | None]:
    """[since, until) of a period: calendar years, or this month and the two before it."""
    zone = programme.zone
    if period == "3m":
        first = business_day(now, zone).replace(day=1)
        for _ in range(2):
            first = (first - timedelta(days=1)).replace(day=1)
        return start_of_day(first, zone), None
    if period:
        year = int(period)
        return start_of_day(date(year, 1, 1), zone), start_of_day(date(year + 1, 1, 1), zone)
    return None, None
