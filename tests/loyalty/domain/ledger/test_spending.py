"""Worked examples: spending order, late postings, never below zero."""

import pytest
from django.db import connection, transaction

from loyalty.domain import ledger
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Entry
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def refused(code: str, cast: Cast, points: int, when: str) -> None:
    entries = Entry.objects.count()
    with pytest.raises(DomainError) as reason:
        cast.take(points, when)
    assert reason.value.code == code
    assert Entry.objects.count() == entries


def test_the_lot_that_expires_first_serves_first_then_the_oldest() -> None:
    cast = Cast(lifetime_days=100)
    cast.give(10, "2026-03-02 12:00")  # 1: gone from 10 June
    cast.give(20, "2026-03-01 12:00")  # 2: gone from 9 June: first, though credited later
    cast.give(30, "2026-03-02 09:00")  # 3: gone from 10 June like 1, but older
    assert cast.spent_from(cast.take(25, "2026-03-05 12:00")) == {2: 20, 3: 5}
    assert cast.spent_from(cast.take(30, "2026-03-05 12:00")) == {3: 25, 1: 5}
    assert cast.points("2026-03-05 12:00") == (5, 0, 0, 0)


def test_a_lot_that_was_credited_later_serves_first_if_it_expires_first() -> None:
    cast = Cast(lifetime_days=100)
    cast.give(10, "2026-03-01 12:00")  # 1: gone from 9 June
    cast.programme.lifetime_days = 10
    cast.give(20, "2026-03-02 12:00")  # 2: gone from 12 March
    assert cast.spent_from(cast.take(25, "2026-03-05 12:00")) == {2: 20, 1: 5}


def test_lots_that_never_expire_serve_last() -> None:
    cast = Cast(expiry_mode="never")
    cast.give(10, "2026-03-01 12:00")
    cast.programme.expiry_mode = "days"
    cast.give(10, "2026-03-02 12:00")
    assert cast.spent_from(cast.take(15, "2026-03-05 12:00")) == {2: 10, 1: 5}


def test_pending_and_expired_points_are_not_spent() -> None:
    cast = Cast(lifetime_days=30)
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    refused("insufficient_points", cast, 1, "2026-03-07 23:59:59")
    assert cast.spent_from(cast.take(1, "2026-03-08 00:00")) == {1: 1}
    refused("insufficient_points", cast, 10, "2026-03-08 00:00")
    assert cast.spent_from(cast.take(1, "2026-04-06 23:59:59")) == {1: 1}
    refused("insufficient_points", cast, 1, "2026-04-07 00:00")


def test_all_or_nothing() -> None:
    cast = Cast()
    cast.give(10, "2026-03-01 12:00")
    refused("insufficient_points", cast, 11, "2026-03-02 12:00")
    assert cast.points("2026-03-02 12:00") == (10, 0, 0, 0)


@pytest.mark.parametrize("points", [0, -1])
def test_at_least_one_point_is_moved(points: int) -> None:
    cast = Cast()
    for call in (cast.give, cast.take):
        with pytest.raises(DomainError) as reason:
            call(points, "2026-03-01 12:00")
        assert reason.value.code == "points_not_positive"
    assert not Entry.objects.exists()


def test_a_late_spend_uses_only_lots_that_existed_then() -> None:
    cast = Cast()
    cast.give(10, "2026-03-10 12:00")
    # An order of the 5th that is recorded on the 12th can't be paid with points of the 10th.
    with pytest.raises(DomainError) as reason:
        cast.buy("o1", "2026-03-05 12:00", "100.00", redeem=5, recorded="2026-03-12 12:00")
    assert reason.value.code == "insufficient_points"
    assert cast.buy("o2", "2026-03-10 12:00", "100.00", redeem=5, recorded="2026-03-12 12:00").points_redeemed == 5


def test_a_late_spend_never_rewrites_what_was_allocated() -> None:
    cast = Cast(lifetime_days=100)
    cast.give(10, "2026-03-01 12:00")  # 1, gone from 9 June
    cast.give(10, "2026-03-02 12:00")  # 2, gone from 10 June
    first = cast.take(10, "2026-03-08 12:00")
    assert cast.spent_from(first) == {1: 10}
    # Dated before it, and lot 1 would have served it: what is left of lot 1 is nothing.
    late = cast.buy("o1", "2026-03-05 12:00", "100.00", redeem=5, recorded="2026-03-12 12:00")
    assert cast.spent_from(late.entries.get(kind="redemption")) == {2: 5}
    assert cast.spent_from(first) == {1: 10}
    assert cast.points("2026-03-06 12:00")[0] == 15
    assert cast.points("2026-03-08 12:00")[0] == 5


def test_a_late_spend_takes_no_more_than_was_left_at_any_time_since() -> None:
    cast = Cast()
    cast.give(10, "2026-03-01 12:00")
    cast.buy("o1", "2026-03-03 12:00", "100.00", redeem=8)
    cast.bring_back("r1", "2026-03-06 12:00", "100.00", of="o1")
    assert cast.points("2026-03-07 12:00")[0] == 10
    # Dated the 2nd: from the 3rd to the 6th only 2 points were left.
    with pytest.raises(DomainError) as reason:
        cast.buy("o2", "2026-03-02 12:00", "100.00", redeem=3, recorded="2026-03-08 12:00")
    assert reason.value.code == "insufficient_points"
    cast.buy("o3", "2026-03-02 12:00", "100.00", redeem=2, recorded="2026-03-08 12:00")
    assert cast.points("2026-03-04 12:00")[0] == 0


def test_a_late_spend_may_use_a_lot_that_ended_meanwhile() -> None:
    cast = Cast(lifetime_days=10)
    cast.give(10, "2026-03-01 12:00")  # gone from 11 March
    cast.buy("o1", "2026-03-05 12:00", "100.00", redeem=6, recorded="2026-03-20 12:00")
    assert cast.points("2026-03-05 12:00")[0] == 4
    assert cast.points("2026-03-11 00:00")[0] == 0
    assert cast.balance("2026-03-11 00:00").lifetime.expired == 4
    assert cast.expire("2026-03-20 12:00") == 4
    assert cast.balance("2026-03-11 00:00").lifetime.expired == 4


def test_a_repeated_key_posts_once() -> None:
    cast = Cast()
    first = cast.give(10, "2026-03-01 12:00", key="welcome:1")
    again = cast.give(10, "2026-03-03 12:00", key="welcome:1")
    assert again.pk == first.pk
    assert cast.points("2026-03-03 12:00") == (10, 0, 0, 0)


def test_money_saved_is_the_value_of_points_that_paid() -> None:
    cast = Cast(point_value="0.5")
    cast.give(100, "2026-03-01 12:00")
    cast.buy("o1", "2026-03-02 12:00", "100.00", redeem=60)  # 30.00
    lifetime = cast.balance("2026-03-02 12:00").lifetime
    assert (lifetime.spent, str(lifetime.saved)) == (60, "30.00")
    assert lifetime.earned == 100 + 14  # 70.00 × 10 % ÷ 0.5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_repeating_a_known_key_writes_nothing_not_even_a_row_lock() -> None:
    """A till that repeats itself all day costs no disk: PostgreSQL numbers a transaction as soon as it logs anything."""
    cast = Cast()
    now = cast.at("2026-03-01 12:00")

    def post() -> tuple[int, bool]:
        with transaction.atomic():
            entry = ledger.grant(member_id=cast.member.pk, kind=EntryKind.ADJUSTMENT, points=5, programme=cast.programme, now=now, key="once")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
                return entry.pk, cursor.fetchone()[0]

    first, logged = post()
    assert logged
    assert post() == (first, False)
