"""Worked examples: points set aside for a till."""

from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty.domain import ledger
from loyalty.domain.verify import verify
from loyalty.lib.errors import DomainError
from loyalty.models import Debt, Hold
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """100 points that are gone from 11 March."""
    cast = Cast(lifetime_days=10)
    cast.give(100, "2026-03-01 12:00")
    return cast


def refusal(call: object, *args: object) -> str:
    with pytest.raises(DomainError) as reason:
        call(*args)  # type: ignore[operator]
    return reason.value.code


def test_a_hold_reduces_what_is_available(cast: Cast) -> None:
    cast.hold(60, "2026-03-02 12:00")
    assert cast.points("2026-03-02 11:59") == (100, 0, 0, 0)
    assert cast.points("2026-03-02 12:00") == (40, 0, 60, 0)
    assert refusal(cast.take, 41, "2026-03-02 12:01") == "insufficient_points"
    assert refusal(cast.hold, 41, "2026-03-02 12:01") == "insufficient_points"
    cast.take(40, "2026-03-02 12:01")
    assert cast.points("2026-03-02 12:01") == (0, 0, 60, 0)


def test_a_hold_pins_the_lots_that_expire_first(cast: Cast) -> None:
    cast.give(50, "2026-03-02 09:00")  # 2: gone from 12 March
    hold = cast.hold(120, "2026-03-02 12:00")
    cast.take(30, "2026-03-02 12:01")  # what is left of lot 2
    assert cast.spent_from(cast.capture(hold, 110, "2026-03-02 12:05")) == {1: 100, 2: 10}
    assert cast.points("2026-03-02 12:05") == (10, 0, 0, 0)


def test_a_lapsed_hold_frees_its_points_by_the_clock(cast: Cast) -> None:
    hold = cast.hold(60, "2026-03-02 12:00", minutes=15)
    assert cast.points("2026-03-02 12:14:59.999999") == (40, 0, 60, 0)
    assert cast.points("2026-03-02 12:15") == (100, 0, 0, 0)
    assert refusal(cast.capture, hold, 1, "2026-03-02 12:15") == "hold_lapsed"
    assert refusal(cast.release, hold, "2026-03-02 12:15") == "hold_lapsed"
    cast.take(100, "2026-03-02 12:15")


def test_an_expiry_run_that_looks_ahead_leaves_an_open_hold_its_points(cast: Cast) -> None:
    """It writes held points off at the hold's end; until then they are there, and verify_ledger knows."""
    hold = cast.hold(60, "2026-03-10 12:00", minutes=1440)  # the lot ends at midnight, the hold at noon
    ledger.expire_points(now=cast.at("2026-03-11 09:00"), as_of=cast.at("2026-03-20 00:00"))
    assert list(verify(now=cast.at("2026-03-11 09:00"))) == []
    assert cast.points("2026-03-11 11:59") == (0, 0, 60, 0)
    assert cast.capture(hold, 60, "2026-03-11 11:59").points == -60
    assert list(verify(now=cast.at("2026-03-11 11:59"))) == []


def test_verify_finds_points_that_a_hold_in_force_has_lost(cast: Cast) -> None:
    """Taken behind its back: whatever the clock of the database says."""
    cast.hold(60, "2026-03-02 12:00", minutes=15)
    cast.take(40, "2026-03-02 12:05")
    Hold.objects.update(expires_at=cast.at("2026-03-02 12:04"))
    cast.take(60, "2026-03-02 12:05")
    assert list(verify(now=cast.at("2026-03-02 12:05"))) == []
    Hold.objects.update(expires_at=cast.at("2026-03-02 12:15"))
    [violation] = verify(now=cast.at("2026-03-02 12:05"))
    assert violation.check == "hold_pins_what_is_there"
    assert "holds pin 60 points, 0 remain" in violation.message
    assert list(verify(now=cast.at("2026-03-02 12:15"))) == []


def test_capture_takes_at_most_what_is_held(cast: Cast) -> None:
    hold = cast.hold(60, "2026-03-02 12:00")
    assert refusal(cast.capture, hold, 61, "2026-03-02 12:01") == "capture_above_hold"
    assert refusal(cast.capture, hold, 0, "2026-03-02 12:01") == "capture_above_hold"
    assert refusal(cast.capture, hold, -1, "2026-03-02 12:01") == "capture_above_hold"
    assert cast.capture(hold, 25, "2026-03-02 12:01").points == -25
    assert cast.points("2026-03-02 12:01") == (75, 0, 0, 0)
    assert cast.points("2026-03-02 12:00:59") == (40, 0, 60, 0)


@pytest.mark.parametrize(("first", "code"), [("capture", "hold_captured"), ("release", "hold_released")])
def test_a_hold_ends_once(cast: Cast, first: str, code: str) -> None:
    hold = cast.hold(60, "2026-03-02 12:00")
    if first == "capture":
        cast.capture(hold, 60, "2026-03-02 12:01")
    else:
        cast.release(hold, "2026-03-02 12:01")
    before = cast.points("2026-03-02 12:30")
    assert refusal(cast.capture, hold, 60, "2026-03-02 12:02") == code
    assert refusal(cast.release, hold, "2026-03-02 12:02") == code
    # The reason doesn't change once the time is over.
    assert refusal(cast.capture, hold, 60, "2026-03-02 13:00") == code
    assert cast.points("2026-03-02 12:30") == before == ((40, 0, 0, 0) if first == "capture" else (100, 0, 0, 0))


def test_capture_is_honoured_though_the_pinned_lot_ended_over_midnight(cast: Cast) -> None:
    hold = cast.hold(60, "2026-03-10 23:50", minutes=20)
    assert cast.points("2026-03-10 23:59:59") == (40, 0, 60, 0)
    # Midnight: 40 run out, 60 stay held.
    assert cast.points("2026-03-11 00:05") == (0, 0, 60, 0)
    assert cast.balance("2026-03-11 00:05").lifetime.expired == 40
    cast.capture(hold, 50, "2026-03-11 00:06")
    assert cast.points("2026-03-11 00:06") == (0, 0, 0, 0)
    # The 10 that weren't captured ran out when the hold ended.
    lifetime = cast.balance("2026-03-11 00:06").lifetime
    assert (lifetime.spent, lifetime.expired) == (50, 50)


def test_the_expiry_job_leaves_held_points_alone(cast: Cast) -> None:
    hold = cast.hold(60, "2026-03-10 23:50", minutes=20)
    assert cast.expire("2026-03-11 00:01") == 40
    assert cast.points("2026-03-11 00:05") == (0, 0, 60, 0)
    cast.capture(hold, 50, "2026-03-11 00:06")
    assert cast.expire("2026-03-11 00:07") == 10
    assert cast.expire("2026-03-11 00:08") == 0
    assert cast.balance("2026-03-11 00:08").lifetime.expired == 50
    assert cast.balance("2026-03-11 00:05").lifetime.expired == 40


@pytest.mark.parametrize("job", [True, False])
def test_release_of_an_ended_lot_lets_it_expire(cast: Cast, job: bool) -> None:
    hold = cast.hold(60, "2026-03-10 23:50", minutes=20)
    cast.release(hold, "2026-03-11 00:06")
    if job:
        assert cast.expire("2026-03-11 00:10") == 100
    assert cast.points("2026-03-11 00:05") == (0, 0, 60, 0)
    assert cast.points("2026-03-11 00:06") == (0, 0, 0, 0)
    assert cast.balance("2026-03-11 00:05").lifetime.expired == 40
    assert cast.balance("2026-03-11 00:06").lifetime.expired == 100


@pytest.mark.parametrize("job", [True, False])
def test_a_hold_that_lapses_after_its_lot_ended_lets_it_expire(cast: Cast, job: bool) -> None:
    cast.hold(60, "2026-03-10 23:50", minutes=20)
    if job:
        assert cast.expire("2026-03-12 00:10") == 100
    assert cast.points("2026-03-11 00:09:59") == (0, 0, 60, 0)
    assert cast.points("2026-03-11 00:10") == (0, 0, 0, 0)
    assert cast.balance("2026-03-11 00:09:59").lifetime.expired == 40


def test_a_return_takes_nothing_that_is_held(cast: Cast) -> None:
    hold = cast.hold(60, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-02 12:05", "700.00")  # 70 points: 40 are free, 30 become debt
    assert cast.points("2026-03-02 12:05") == (0, 0, 60, 30)
    cast.capture(hold, 60, "2026-03-02 12:06")
    assert cast.points("2026-03-02 12:06") == (0, 0, 0, 30)


@pytest.mark.parametrize("how", ["release", "lapse", "capture"])
def test_points_that_a_hold_frees_settle_the_debt(cast: Cast, how: str) -> None:
    """A member with debt has no free points."""
    hold = cast.hold(60, "2026-03-02 12:00", minutes=15)
    cast.bring_back("r1", "2026-03-02 12:05", "700.00")  # 40 taken, 30 owed
    if how == "release":
        cast.release(hold, "2026-03-02 12:10")
        assert cast.points("2026-03-02 12:10") == (30, 0, 0, 0)
    elif how == "capture":
        cast.capture(hold, 20, "2026-03-02 12:10")
        assert cast.points("2026-03-02 12:10") == (10, 0, 0, 0)
    assert cast.points("2026-03-02 12:09") == (0, 0, 60, 30)
    left = 10 if how == "capture" else 30
    assert cast.points("2026-03-02 12:15") == (left, 0, 0, 0)
    # And can't be spent.
    assert refusal(cast.take, left + 1, "2026-03-02 12:16") == "insufficient_points"
    cast.take(left, "2026-03-02 12:16")
    assert cast.points("2026-03-02 12:16") == (0, 0, 0, 0)
    assert cast.points("2026-03-02 12:15") == (left, 0, 0, 0)


@pytest.mark.parametrize("how", ["release", "capture"])
def test_a_hold_that_ends_pays_the_debt_in_the_tables_at_once(cast: Cast, how: str) -> None:
    hold = cast.hold(60, "2026-03-02 12:00", minutes=15)
    cast.bring_back("r1", "2026-03-02 12:05", "700.00")  # 40 taken, 30 owed
    assert Debt.objects.get().remaining == 30
    if how == "release":
        cast.release(hold, "2026-03-02 12:10")
    else:
        cast.capture(hold, 20, "2026-03-02 12:10")
    assert Debt.objects.get().remaining == 0


def test_a_known_key_gives_the_first_hold_again(cast: Cast) -> None:
    values = {"member_id": cast.member.pk, "points": 60, "ttl": timedelta(minutes=5), "key": "till-1:17"}
    first = ledger.place_hold(**values, now=cast.at("2026-03-02 12:00"))
    again = ledger.place_hold(**values, now=cast.at("2026-03-02 12:01"))
    assert first.pk == again.pk
    assert Hold.objects.count() == 1
    assert cast.points("2026-03-02 12:01") == (40, 0, 60, 0)


def test_unknown_holds_and_members(cast: Cast) -> None:
    stranger = Hold(pk=uuid4())
    assert refusal(cast.capture, stranger, 1, "2026-03-02 12:00") == "unknown_hold"
    assert refusal(cast.release, stranger, "2026-03-02 12:00") == "unknown_hold"
    with pytest.raises(DomainError) as reason:
        ledger.place_hold(member_id=cast.member.pk + 1, points=1, ttl=timedelta(minutes=1), now=cast.at("2026-03-02 12:00"))
    assert reason.value.code == "unknown_member"


def test_a_hold_may_pin_points_of_several_lots_and_release_them_all(cast: Cast) -> None:
    cast.give(50, "2026-03-02 09:00")
    hold = cast.hold(150, "2026-03-02 12:00")
    assert cast.points("2026-03-02 12:00") == (0, 0, 150, 0)
    cast.release(hold, "2026-03-02 12:01")
    assert cast.points("2026-03-02 12:01") == (150, 0, 0, 0)
