"""The statistics page of the desk: charts, tables, files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from loyalty.domain import orders
from loyalty.domain.metrics import Bucket, Figures
from partners.domain import visits
from partners.enums import DeskRole
from partners.models import Outlet
from partners.views.desk import statistics
from partners.views.desk.bars import HEIGHT, bar_chart
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_member, make_partner
from tests.factories.partners import make_outlet
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db
DAY = date(2026, 4, 19)


@pytest.fixture
def cast() -> Cast:
    return Cast(spendable_share=100, pending_days=0)


@pytest.fixture
def outlet(cast: Cast) -> Outlet:
    return make_outlet(cast.partner, "=1+1", name="@Lipovaya")


@pytest.fixture
def viewer(cast: Cast) -> Client:
    return desk_client(make_seat(cast.partner, DeskRole.VIEWER))


def buy(cast: Cast, name: str, when: str, outlet: Outlet | None = None) -> None:
    sale = orders.Sale(name, make_member().pk, cast.at(when), Cast.lines(("1000.00",)), outlet_id=outlet.pk if outlet else None)
    cast.record(sale, when)


def get(client: Client, name: str = "desk_statistics", *args: str, **query: str) -> Any:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        return client.get(reverse(name, args=["bakery", *args]), query)


def test_a_period_in_figures_charts_and_tables(viewer: Client, cast: Cast, outlet: Outlet) -> None:
    buy(cast, "o1", "2026-04-19 12:00", outlet)
    buy(cast, "o2", "2026-04-20 12:00")
    visits.record_view(partner_id=cast.partner.pk, outlet_id=None, day=DAY)
    response = get(viewer)
    html = response.content.decode()
    found = response.context["found"]
    assert (found.total.orders, found.total.views, found.total.new_members, found.total.issued) == (2, 1, 2, 200)
    assert len(found.days) == 28
    assert html.count('<svg viewBox="0 0 560 120"') == 3
    assert "@Lipovaya" in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("period", "first", "last", "rows"),
    [
        ("7d", date(2026, 4, 14), date(2026, 4, 20), 7),
        ("28d", date(2026, 3, 24), date(2026, 4, 20), 28),
        ("month", date(2026, 4, 1), date(2026, 4, 20), 20),
        ("last-month", date(2026, 3, 1), date(2026, 3, 31), 31),
        ("90d", date(2026, 1, 21), date(2026, 4, 20), 14),
        ("nonsense", date(2026, 3, 24), date(2026, 4, 20), 28),
    ],
)
def test_periods(viewer: Client, period: str, first: date, last: date, rows: int) -> None:
    days = get(viewer, period=period).context["found"].days
    assert (days[0].first, days[-1].last, len(days)) == (first, last, rows)


def test_one_outlet_of_the_partners_own(viewer: Client, cast: Cast, outlet: Outlet) -> None:
    buy(cast, "o1", "2026-04-19 12:00", outlet)
    buy(cast, "o2", "2026-04-20 12:00")
    assert get(viewer, outlet="=1+1").context["found"].total.orders == 1
    make_outlet(make_partner("chemist"), "theirs")
    for unknown in ("theirs", "nothing", "\0"):
        assert get(viewer, outlet=unknown).status_code == 404
        assert get(viewer, "desk_statistics_export", "csv", outlet=unknown).status_code == 404


def test_of_many_outlets_the_page_shows_the_busiest(viewer: Client, cast: Cast, outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_OUTLETS_IN_LIST", 1)
    monkeypatch.setattr(statistics, "_OUTLETS_IN_TABLE", 1)
    buy(cast, "o1", "2026-04-19 12:00", outlet)
    buy(cast, "o2", "2026-04-19 13:00", outlet)
    buy(cast, "o3", "2026-04-19 12:00", make_outlet(cast.partner, "2"))
    response = get(viewer)
    assert [(one, figures.orders) for one, figures in response.context["outlets"]] == [(outlet, 2)]
    assert response.context["others"] == 1
    assert '<select name="outlet">' not in response.content.decode()
    assert 'name="outlet" value="=1+1"' in get(viewer, outlet="=1+1").content.decode()


def test_the_number_of_queries_does_not_grow(viewer: Client, cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(viewer)
        return len(queries)

    buy(cast, "first", "2026-04-19 12:00", make_outlet(cast.partner, "first"))
    few = cost()
    for number in range(10):
        buy(cast, f"o{number}", "2026-04-19 12:00", make_outlet(cast.partner, f"{number}"))
    assert cost() == few


def test_files_hold_a_row_a_day_and_outlet_without_formulas(viewer: Client, cast: Cast, outlet: Outlet) -> None:
    buy(cast, "o1", "2026-04-19 12:00", outlet)
    visits.record_route_tap(partner_id=cast.partner.pk, outlet_id=None, day=DAY - timedelta(days=1))
    response = get(viewer, "desk_statistics_export", "csv", period="7d")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "bakery-20260414-20260420.csv" in response["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[1:] == [
        ["2026-04-18", "2026-04-18", "", "", "0", "1", "0", "0.00", "0", "0", "0", "0"],
        ["2026-04-19", "2026-04-19", "'@Lipovaya", "'=1+1", "0", "0", "1", "1000.00", "1", "1", "100", "0"],
    ]
    book = load_workbook(io.BytesIO(b"".join(get(viewer, "desk_statistics_export", "xlsx", period="7d").streaming_content)))
    assert book.active is not None
    assert [cell.value for cell in list(book.active.iter_rows())[2]][2:8] == ["'@Lipovaya", "'=1+1", 0, 0, 1, 1000]


def test_bars_are_as_high_as_their_share_and_nothing_is_no_bar() -> None:
    days = [Bucket(DAY, DAY, Figures(views=value)) for value in (0, 50, 100, 1)]
    chart = bar_chart(days, ("views", "views"), ("taps", "route_taps"))
    assert [(bar.height, bar.y) for bar in chart.bars] == [(HEIGHT / 2, HEIGHT / 2), (HEIGHT, 0), (2.0, HEIGHT - 2)]
    assert (chart.most, chart.totals, chart.width) == (100, (151, 0), 80)
    assert bar_chart([Bucket(DAY, DAY, Figures(turnover=Decimal(5)))], ("views", "views")).bars == []
