"""Staff see what members reported of outlets, and settle it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty.domain import programme
from partners.models import OutletReport
from tests.factories.loyalty import make_member, make_partner
from tests.factories.partners import make_outlet
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db

LIST = "admin:partners_outletreport_changelist"


@pytest.fixture
def report() -> OutletReport:
    return OutletReport.objects.create(outlet=make_outlet(make_partner()), member=make_member(), kind="closed", comment="Dark behind the glass")


def test_support_reads_and_settles_reports(report: OutletReport) -> None:
    client = staff_client(programme.SUPPORT)
    assert "Dark behind the glass" in client.get(reverse(LIST)).content.decode()
    answer = client.post(reverse(LIST), {"action": "settle", "_selected_action": [report.pk]}, follow=True)
    assert "1 report is settled." in answer.content.decode()
    report.refresh_from_db()
    assert report.settled_at is not None
    assert report.settled_at <= timezone.now()


def test_others_don_t_see_them(report: OutletReport) -> None:
    assert staff_client(programme.FINANCE).get(reverse(LIST)).status_code == 403
