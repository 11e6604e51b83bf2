"""Reports of members and their favourites."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.lib.errors import DomainError
from partners.domain import favourites
from partners.domain.outlets import reports
from partners.models import OutletReport, Partner, ReportKind
from tests.factories.loyalty import make_member, make_partner
from tests.factories.partners import make_outlet

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def _refused(code: str, **values: object) -> None:
    with pytest.raises(DomainError) as refusal:
        reports.report(**{"kind": "closed", "now": NOW, **values})  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_a_report_is_recorded_once_while_it_is_open() -> None:
    outlet, member = make_outlet(make_partner()), make_member()
    first = reports.report(outlet_id=outlet.pk, member_id=member.pk, kind=ReportKind.CLOSED, comment=" за стеклом темно ", now=NOW)
    assert (first.comment, first.created_at, first.settled_at) == ("за стеклом темно", NOW, None)
    assert reports.report(outlet_id=outlet.pk, member_id=member.pk, kind=ReportKind.CLOSED, now=NOW) == first
    reports.report(outlet_id=outlet.pk, member_id=member.pk, kind=ReportKind.CARD_REFUSED, now=NOW)
    assert OutletReport.objects.count() == 2
    OutletReport.objects.update(settled_at=NOW)
    assert reports.report(outlet_id=outlet.pk, member_id=member.pk, kind=ReportKind.CLOSED, now=NOW) != first


def test_what_cannot_be_reported() -> None:
    outlet, member = make_outlet(make_partner()), make_member()
    _refused("bad_kind", outlet_id=outlet.pk, member_id=member.pk, kind="rude")
    _refused("bad_comment", outlet_id=outlet.pk, member_id=member.pk, comment="x" * 501)
    _refused("unknown_outlet", outlet_id=0, member_id=member.pk)
    Partner.objects.update(is_active=False)
    _refused("unknown_outlet", outlet_id=outlet.pk, member_id=member.pk)
    assert not OutletReport.objects.exists()


def test_a_member_reports_so_often_an_hour_and_no_more() -> None:
    outlet, member = make_outlet(make_partner()), make_member()
    for _try in range(5):
        reports.report(outlet_id=outlet.pk, member_id=member.pk, kind="closed", now=NOW)
    _refused("too_many_reports", outlet_id=outlet.pk, member_id=member.pk)
    reports.report(outlet_id=outlet.pk, member_id=make_member().pk, kind="closed", now=NOW)
    reports.report(outlet_id=outlet.pk, member_id=member.pk, kind="closed", now=NOW + timedelta(hours=2))


def test_marking_twice_is_marking_once() -> None:
    partner, member = make_partner(), make_member()
    assert favourites.mark(partner_id=partner.pk, member_id=member.pk, now=NOW) is True
    assert favourites.mark(partner_id=partner.pk, member_id=member.pk, now=NOW) is False
    assert favourites.of_member(member_id=member.pk) == {partner.pk}
    assert favourites.unmark(partner_id=partner.pk, member_id=member.pk) is True
    assert favourites.unmark(partner_id=partner.pk, member_id=member.pk) is False
    Partner.objects.update(is_active=False)
    with pytest.raises(DomainError, match="no such partner"):
        favourites.mark(partner_id=partner.pk, member_id=member.pk, now=NOW)
