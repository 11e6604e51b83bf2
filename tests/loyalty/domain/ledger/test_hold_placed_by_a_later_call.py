"""Calls get a member's lock in another order than they began: an open hold keeps its points from those that began before it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loyalty.domain import ledger
from loyalty.domain.ledger import standings
from loyalty.domain.orders import recording
from loyalty.domain.verify import verify
from loyalty.lib.errors import DomainError
from loyalty.models import Hold
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
BOUGHT = NOW - timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    """A member with 200 points of an order, 150 of them held by a call that began a second later."""
    cast = Cast(pending_days=0, base="10")
    recording.record(
        [recording.Sale("o1", cast.member.pk, BOUGHT, [recording.ReceiptLine(Decimal("2000.00"))])], partner=cast.partner, programme=cast.programme, now=BOUGHT
    )
    return cast


@pytest.fixture
def hold(cast: Cast) -> Hold:
    return ledger.place_hold(member_id=cast.member.pk, points=150, ttl=timedelta(minutes=5), now=LATER, partner_id=cast.partner.pk)


def capture(cast: Cast, hold: Hold) -> str:
    sale = recording.Sale("o3", cast.member.pk, LATER, [recording.ReceiptLine(Decimal("1000.00"))], redeem_points=150, hold_id=hold.pk, redeemed_at=LATER)
    return recording.record([sale], partner=cast.partner, programme=cast.programme, now=LATER)[0].status


def test_a_second_hold_is_refused(cast: Cast, hold: Hold) -> None:
    with pytest.raises(DomainError, match="Only 50 points are available"):
        ledger.place_hold(member_id=cast.member.pk, points=150, ttl=timedelta(minutes=5), now=NOW, partner_id=cast.partner.pk)
    assert capture(cast, hold) == "recorded"


def test_a_deduction_is_refused(cast: Cast, hold: Hold) -> None:
    with pytest.raises(DomainError, match="Only 50 points are available"):
        ledger.deduct(member_id=cast.member.pk, points=150, now=NOW, key=None, reason="", actor_id=None)
    assert capture(cast, hold) == "recorded"


def test_an_order_paid_with_points_is_refused(cast: Cast, hold: Hold) -> None:
    sale = recording.Sale("o2", cast.member.pk, NOW, [recording.ReceiptLine(Decimal("1000.00"))], redeem_points=150, redeemed_at=NOW)
    assert recording.record([sale], partner=cast.partner, programme=cast.programme, now=NOW)[0].code == "insufficient_points"
    assert capture(cast, hold) == "recorded"


@pytest.mark.parametrize("original", ["o1", None])
def test_a_return_takes_nothing_that_is_held(cast: Cast, hold: Hold, original: str | None) -> None:
    back = recording.ReturnOf("r1", cast.member.pk, NOW, [recording.ReceiptLine(Decimal("2000.00"))], original=original)
    assert recording.record([back], partner=cast.partner, programme=cast.programme, now=NOW)[0].status == "recorded"
    assert list(verify(now=LATER)) == []
    assert capture(cast, hold) == "recorded"
    assert list(verify(now=LATER)) == []


def test_the_standing_counts_it_as_held(cast: Cast, hold: Hold) -> None:
    standing = standings([cast.member.pk], programme=cast.programme, at=NOW)[cast.member.pk]
    assert (standing.available, standing.held) == (50, 150)
