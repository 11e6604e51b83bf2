"""A partner's figures by day and by outlet."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.domain.metrics import Bucket, Figures, Statistics, statistics_of
from loyalty.domain.orders import recording
from partners.domain import visits
from partners.models import Outlet, Partner
from tests.factories.loyalty import make_member, make_partner, make_programme, moment
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2026, 3, 10), date(2026, 3, 11)


def buy(partner: Partner, who: int, name: str, when: str, outlet: Outlet | None = None, amount: str = "100.00", discount: str = "0", redeem: int = 0) -> None:
    at = moment(when)
    place = outlet.pk if outlet else None
    sale = recording.Sale(name, who, at, [recording.ReceiptLine(Decimal(amount))], discount=Decimal(discount), redeem_points=redeem, outlet_id=place)
    [outcome] = recording.record([sale], partner=partner, programme=make_programme(), now=at)
    assert outcome.status == "recorded", outcome.message


def read(partner: Partner, since: date = DAY, until: date = NEXT, outlet: Outlet | None = None) -> Statistics:
    return statistics_of(partner.pk, since=since, until=until, zone=make_programme().zone, outlet_id=outlet.pk if outlet else None)


def test_figures_of_a_period() -> None:
    make_programme(pending_days=0, spendable_share=100)
    bakery, chemist = make_partner(), make_partner("chemist")
    north, south = make_outlet(bakery, "north"), make_outlet(bakery, "south")
    anna, boris, vera = make_member().pk, make_member().pk, make_member().pk
    buy(bakery, anna, "before", "2026-03-09 23:59")
    buy(bakery, anna, "o1", "2026-03-10 00:00", north, redeem=4)
    buy(bakery, boris, "o2", "2026-03-10 12:00", north, discount="10.00")
    buy(bakery, boris, "o3", "2026-03-10 13:00", south)
    buy(bakery, boris, "o4", "2026-03-11 23:59")
    buy(bakery, vera, "after", "2026-03-12 00:00", north)
    buy(chemist, vera, "c1", "2026-03-10 12:00")
    visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY)
    visits.record_route_tap(partner_id=bakery.pk, outlet_id=north.pk, day=NEXT)
    visits.record_view(partner_id=chemist.pk, outlet_id=None, day=DAY)
    found = read(bakery)
    first = Figures(views=1, orders=3, turnover=Decimal("290.00"), members=2, new_members=1, issued=9 + 9 + 10, redeemed=4)
    second = Figures(route_taps=1, orders=1, turnover=Decimal("100.00"), members=1, issued=10)
    assert found.days == [Bucket(DAY, DAY, first), Bucket(NEXT, NEXT, second)]
    total = Figures(views=1, route_taps=1, orders=4, turnover=Decimal("390.00"), members=2, new_members=1, issued=38, redeemed=4)
    assert (found.total, found.total.returning_members) == (total, 1)
    assert found.outlets == [
        (north, Figures(route_taps=1, orders=2, turnover=Decimal("190.00"), members=2, new_members=1, issued=18, redeemed=4)),
        (None, Figures(views=1, orders=1, turnover=Decimal("100.00"), members=1, issued=10)),
        (south, Figures(orders=1, turnover=Decimal("100.00"), members=1, issued=10)),
    ]
    only = read(bakery, outlet=south)
    assert (only.total.orders, only.total.new_members, only.outlets) == (1, 0, [(south, only.total)])
    assert found.cells[DAY, north.pk].orders == 2


def test_two_first_orders_at_one_instant_are_one_new_member() -> None:
    bakery, anna = make_partner(), make_member().pk
    for name in ("a", "b"):
        buy(bakery, anna, name, "2026-03-10 12:00")
    assert (read(bakery).total.members, read(bakery).total.new_members) == (1, 1)


def test_days_are_business_days_when_the_clocks_change() -> None:
    make_programme(timezone="Europe/Berlin")
    bakery, anna = make_partner(), make_member().pk
    for name, when in (("a", "2026-03-29 00:00"), ("b", "2026-03-29 23:59"), ("c", "2026-03-30 00:00")):
        buy(bakery, anna, name, when)
    found = read(bakery, date(2026, 3, 29), date(2026, 3, 30))
    assert [bucket.figures.orders for bucket in found.days] == [2, 1]


def test_nothing_yet() -> None:
    assert read(make_partner()) == Statistics(Figures(), [Bucket(DAY, DAY, Figures()), Bucket(NEXT, NEXT, Figures())], [], {})


def test_the_number_of_queries_is_fixed() -> None:
    bakery = make_partner()
    outlets = [make_outlet(bakery, f"{number}") for number in range(5)]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            statistics_of(bakery.pk, since=date(2026, 1, 1), until=NEXT, zone=programme.zone)
        return len(queries)

    programme = make_programme()
    buy(bakery, make_member().pk, "first", "2026-03-09 12:00", outlets[0])
    few = cost()
    for number in range(20):
        buy(bakery, make_member().pk, f"o{number}", f"2026-03-{number % 9 + 1:02} 12:00", outlets[number % 5])
    assert cost() == few == 6


def test_weeks_begin_on_monday_and_count_a_member_once() -> None:
    bakery, anna = make_partner(), make_member().pk
    for name, when in (("a", "2026-03-08 12:00"), ("b", "2026-03-09 12:00"), ("c", "2026-03-15 23:59"), ("d", "2026-03-16 00:00")):
        buy(bakery, anna, name, when)
    visits.record_view(partner_id=bakery.pk, outlet_id=None, day=date(2026, 3, 14))
    found = statistics_of(bakery.pk, since=date(2026, 3, 7), until=date(2026, 3, 17), zone=make_programme().zone, weekly=True)
    assert [(week.first.day, week.last.day, week.figures.orders, week.figures.members, week.figures.new_members) for week in found.days] == [
        (7, 8, 1, 1, 1),
        (9, 15, 2, 1, 0),
        (16, 17, 1, 1, 0),
    ]
    assert (found.days[1].figures.views, found.total.members) == (1, 1)
