"""Views and route taps are counted by day, partner and outlet, and lose nothing when many come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from partners.domain import visits
from partners.models import Partner, VisitCount
from tests.factories.loyalty import make_partner
from tests.factories.partners import make_outlet

DAY = date(2026, 11, 20)


def test_counts_by_day_and_outlet_of_one_partner(db: None) -> None:
    bakery, chemist = make_partner(), make_partner("chemist")
    outlet = make_outlet(bakery)
    for _ in range(20):
        visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY)
    visits.record_view(partner_id=bakery.pk, outlet_id=outlet.pk, day=DAY)
    visits.record_route_tap(partner_id=bakery.pk, outlet_id=outlet.pk, day=DAY)
    visits.record_route_tap(partner_id=bakery.pk, outlet_id=None, day=DAY + timedelta(days=1))
    visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY + timedelta(days=2))
    visits.record_view(partner_id=chemist.pk, outlet_id=None, day=DAY)
    found = visits.by_day_and_outlet(bakery.pk, since=DAY, until=DAY + timedelta(days=1))
    assert found == {
        (DAY, None): visits.Visits(20, 0),
        (DAY, outlet.pk): visits.Visits(1, 1),
        (DAY + timedelta(days=1), None): visits.Visits(0, 1),
    }
    assert visits.by_day_and_outlet(bakery.pk, since=DAY, until=DAY, outlet_id=outlet.pk) == {(DAY, outlet.pk): visits.Visits(1, 1)}


def test_a_view_is_one_statement_and_a_day_a_few_rows(db: None) -> None:
    bakery = make_partner()
    with CaptureQueriesContext(connection) as queries:
        visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY)
    assert len(queries) == 1
    for _ in range(100):
        visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY)
    assert VisitCount.objects.count() <= visits.SHARDS


@pytest.mark.django_db(transaction=True)
def test_an_unknown_partner_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        visits.record_view(partner_id=12345, outlet_id=None, day=DAY)


@pytest.mark.django_db(transaction=True)
def test_visitors_at_once_are_all_counted() -> None:
    bakery: Partner = make_partner()

    def visit(_number: int) -> None:
        visits.record_view(partner_id=bakery.pk, outlet_id=None, day=DAY)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(80)))
    assert visits.by_day_and_outlet(bakery.pk, since=DAY, until=DAY) == {(DAY, None): visits.Visits(80, 0)}
