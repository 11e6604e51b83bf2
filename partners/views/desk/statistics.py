"""/desk/<slug>/statistics/: visits, orders, members and points of a period, as charts, tables and files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from loyalty.domain.metrics import Figures, Statistics, statistics_of
from loyalty.lib.clock import business_day
from loyalty.lib.tables import Cell
from loyalty.web import tables
from loyalty.web.page import programme_of
from partners.models import Outlet
from partners.views.desk.access import DeskRequest, desk_page, render_desk
from partners.views.desk.bars import bar_chart

_DEFAULT = "28d"
_OUTLETS_IN_LIST = 300
_OUTLETS_IN_TABLE = 50


@dataclass(frozen=True)
class Asked:
    """The choices of the address: a period and perhaps one outlet."""

    period: str
    since: date
    until: date
    outlet: Outlet | None
    outlets: list[Outlet]

    @property
    def weekly(self) -> bool:
        return self.period == "90d"

    @property
    def query(self) -> str:
        return urlencode({"period": self.period, **({"outlet": self.outlet.external_id} if self.outlet else {})})


@require_safe
@desk_page()
def page(request: DeskRequest) -> HttpResponse:
    """The page of a period."""
    asked = _asked(request)
    found = _read(request, asked)
    charts = [
        (gettext("Visits"), bar_chart(found.days, (gettext("views"), "views"), (gettext("route taps"), "route_taps"))),
        (gettext("Members"), bar_chart(found.days, (gettext("returning"), "returning_members"), (gettext("new"), "new_members"), adds_up=False)),
        (gettext("Points"), bar_chart(found.days, (pgettext("points", "issued"), "issued"), (pgettext("points", "accepted"), "redeemed"))),
    ]
    shown, others = found.outlets[:_OUTLETS_IN_TABLE], len(found.outlets[_OUTLETS_IN_TABLE:])
    context = {"outlets": shown, "others": others, "asked": asked, "periods": _periods(), "found": found, "charts": charts, "kinds": tables.Kind.choices}
    return render_desk(request, "desk/statistics.html", context)


@require_safe
@desk_page()
def export(request: DeskRequest, kind: str) -> HttpResponse:
    """The figures by day (or week) and outlet as a file."""
    asked = _asked(request)
    found = _read(request, asked)
    header = [
        gettext("From"), gettext("To"), gettext("Outlet"), gettext("Outlet's id"), gettext("Views"), gettext("Route taps"), gettext("Orders"),
        gettext("Turnover"), gettext("Members"), gettext("New members"), gettext("Points issued"), gettext("Points accepted"),
    ]  # fmt: skip
    name = f"{request.desk.partner.slug}-{asked.since:%Y%m%d}-{asked.until:%Y%m%d}"
    response: HttpResponse = tables.download(kind, name=name, header=header, rows=_rows(found))  # type: ignore[assignment]
    return response


def _rows(found: Statistics) -> Iterator[list[Cell]]:
    outlets = {outlet.pk if outlet else None: outlet for outlet, _figures in found.outlets}
    for bucket in found.days:
        for pk, outlet in outlets.items():
            figures = found.cells.get((bucket.first, pk))
            if figures is not None:
                yield [bucket.first.isoformat(), bucket.last.isoformat(), *_of_outlet(outlet), *_numbers(figures)]


def _of_outlet(outlet: Outlet | None) -> tuple[str, str]:
    return (outlet.name, outlet.external_id) if outlet else ("", "")


def _numbers(figures: Figures) -> list[Cell]:
    return [
        figures.views, figures.route_taps, figures.orders, figures.turnover, figures.members, figures.new_members, figures.issued, figures.redeemed,
    ]  # fmt: skip


def _read(request: DeskRequest, asked: Asked) -> Statistics:
    outlet_id = asked.outlet.pk if asked.outlet else None
    zone = programme_of(request).zone
    return statistics_of(request.desk.partner_id, since=asked.since, until=asked.until, zone=zone, outlet_id=outlet_id, weekly=asked.weekly)


def _asked(request: DeskRequest) -> Asked:
    """An unknown period is the usual one; an unknown outlet, or another partner's, is a 404."""
    today = business_day(timezone.now(), programme_of(request).zone)
    period = request.GET.get("period", "")
    spans = _spans(today)
    if period not in spans:
        period = _DEFAULT
    # A list to choose from has an end: of more outlets, those of the table lead to their own figures.
    outlets = list(request.desk.partner.outlets.order_by("name", "pk")[: _OUTLETS_IN_LIST + 1])
    named = request.GET.get("outlet", "")
    outlet = request.desk.partner.outlets.filter(external_id=named).first() if named and "\0" not in named else None
    if named and outlet is None:
        raise Http404
    return Asked(period, *spans[period], outlet, outlets if len(outlets) <= _OUTLETS_IN_LIST else [])


def _spans(today: date) -> dict[str, tuple[date, date]]:
    """Period → its first and last day, both included."""
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    return {
        "7d": (today - timedelta(days=6), today),
        "28d": (today - timedelta(days=27), today),
        "month": (first, today),
        "last-month": (before.replace(day=1), before),
        "90d": (today - timedelta(days=89), today),
    }


def _periods() -> list[tuple[str, str]]:
    return [
        ("7d", gettext("7 days")),
        ("28d", gettext("28 days")),
        ("month", gettext("This month")),
        ("last-month", gettext("Last month")),
        ("90d", gettext("90 days, by week")),
    ]
