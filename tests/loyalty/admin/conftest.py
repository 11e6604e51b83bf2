"""What pages of the admin need: a programme, a partner and a member with a history."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import ReturnOf, Sale, record
from loyalty.enums import EntryKind
from loyalty.models import Programme
from partners.models import Partner
from tests.factories.accounts import MemberFactory
from tests.factories.loyalty import make_partner, make_programme


@pytest.fixture
def programme(db: None) -> Programme:
    return make_programme()


@pytest.fixture
def bakery(programme: Programme) -> Partner:
    return make_partner("bakery", base="10", exclusions={("category", "Tobacco"): "The law says so"})


@pytest.fixture
def anna(programme: Programme) -> Member:
    """Somebody with a log-in, a card and 300 points."""
    member = MemberFactory(with_login=True, with_card=True, first_name="Анна", last_name="Озерова")
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programme, now=timezone.now(), key=None)
    return member


def trade(member: Member, partner: Partner, programme: Programme, *, times: int, name: str = "sale") -> None:
    """Purchases of 640 that earn 64, one of them partly returned."""
    now = timezone.now()
    lines = [ReceiptLine(Decimal("640.00"), "B1", "Bread"), ReceiptLine(Decimal("100.00"), "C1", "Cigarettes", "Tobacco")]
    sales = [Sale(f"{name}-{n}", member.pk, now - timedelta(days=20 + n), lines) for n in range(times)]
    returns = [
        ReturnOf(f"{name}-r{n}", member.pk, now - timedelta(days=1), [ReceiptLine(Decimal("320.00"), "B1", "Bread")], f"{name}-{n}") for n in range(times)
    ]
    outcomes = record([*sales, *returns], partner=partner, programme=programme, now=now)
    assert {outcome.status for outcome in outcomes} == {"recorded"}
