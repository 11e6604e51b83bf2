"""Worked examples: returns of known orders."""

from decimal import Decimal

import pytest

from loyalty.lib.errors import DomainError
from loyalty.models import Return
from tests.factories.loyalty import add_terms, make_member, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_full_return_takes_back_all_that_was_earned() -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.bring_back("r1", "2026-03-03 12:00", "1000.00", of="o1")
    assert cast.points("2026-03-02 12:00") == (0, 100, 0, 0)
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 0)
    lifetime = cast.balance("2026-03-03 12:00").lifetime
    assert (lifetime.earned, lifetime.returned, lifetime.forgiven) == (100, 100, 0)


def test_partial_returns_add_up_exactly() -> None:
    # 99.99 at 10 % down: 9 points. Thirds of 33.33:
    # left 66.66 → 6: 3 taken; left 33.33 → 3: 3 taken; left 0 → 3 taken. By itself 33.33 would earn 3 too: 9.
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "99.99")
    assert [cast.bring_back(f"r{n}", "2026-03-03 12:00", "33.33", of="o1").points_due for n in range(3)] == [3, 3, 3]


def test_partial_returns_add_up_where_their_own_rounding_would_not() -> None:
    # 25.00 → 2.5 → 2 points. 9.00 back: 16.00 → 1: 1 taken. 9.00 back: 7.00 → 0: 1 taken. 7.00 back: 0.
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "25.00")
    due = [cast.bring_back(f"r{n}", "2026-03-03 12:00", money, of="o1").points_due for n, money in enumerate(["9.00", "9.00", "7.00"])]
    assert due == [1, 1, 0]
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 0)


def test_partial_returns_round_as_the_order_did() -> None:
    # Up: 25.01 → 3. After 5.01 back: 20.00 → 2: 1 taken. After 0.01 more: 19.99 → 2: 0. The rest: 2.
    cast = Cast(rounding="up")
    cast.buy("o1", "2026-03-01 12:00", "25.01")
    cast.programme.rounding = "down"
    due = [cast.bring_back(f"r{n}", "2026-03-03 12:00", money, of="o1").points_due for n, money in enumerate(["5.01", "0.01", "19.99"])]
    assert due == [1, 0, 2]


def test_the_terms_of_the_order_count_not_those_of_the_return() -> None:
    cast = Cast()
    add_terms(cast.partner, valid_from=moment("2026-03-02 00:00"), base="50")
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    assert cast.bring_back("r1", "2026-03-03 12:00", "50.00", of="o1").points_due == 5


def test_excluded_lines_come_back_without_points() -> None:
    cast = Cast(exclusions={("sku", "TOBACCO"): "no"})
    cast.buy("o1", "2026-03-01 12:00", ("BREAD", "200.00"), ("TOBACCO", "100.00"))
    assert cast.bring_back("r1", "2026-03-03 12:00", ("TOBACCO", "100.00"), of="o1").points_due == 0
    assert cast.bring_back("r2", "2026-03-03 12:00", ("BREAD", "200.00"), of="o1").points_due == 20


def test_goods_come_back_at_their_discounted_value() -> None:
    # 100 + 100 less 20: each line is worth 90. More than that can't come back.
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", ("A", "100.00"), ("B", "100.00"), discount="20.00")  # 18 points
    assert cast.bring_back("r1", "2026-03-03 12:00", ("A", "90.00"), of="o1").points_due == 9
    with pytest.raises(DomainError) as reason:
        cast.bring_back("r2", "2026-03-03 12:00", ("B", "90.01"), of="o1")
    assert reason.value.code == "return_above_order"
    assert cast.bring_back("r2", "2026-03-03 12:00", ("B", "90.00"), of="o1").points_due == 9


def test_the_sum_of_returns_stays_within_the_order() -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    cast.bring_back("r1", "2026-03-03 12:00", "60.00", of="o1")
    with pytest.raises(DomainError) as reason:
        cast.bring_back("r2", "2026-03-03 12:00", "40.01", of="o1")
    assert reason.value.code == "return_above_order"
    cast.bring_back("r3", "2026-03-03 12:00", "40.00", of="o1")
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 0)
    assert Return.objects.count() == 2


@pytest.mark.parametrize(("who", "when", "code"), [("other", "2026-03-03 12:00", "other_member"), ("self", "2026-03-01 11:59", "return_before_order")])
def test_returns_that_can_not_be(who: str, when: str, code: str) -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    if who == "other":
        cast.member = make_member()
    with pytest.raises(DomainError) as reason:
        cast.bring_back("r1", when, "10.00", of="o1", recorded="2026-03-03 12:00")
    assert reason.value.code == code


def test_the_orders_own_lot_serves_first_whatever_expires_sooner() -> None:
    cast = Cast()
    cast.give(50, "2026-02-01 12:00")  # 1: expires first
    cast.buy("o1", "2026-03-01 12:00", "100.00")  # 2
    made = cast.bring_back("r1", "2026-03-03 12:00", "60.00", of="o1")
    assert cast.spent_from(made.entries.get()) == {2: 6}


def test_then_the_lots_that_expire_first_pending_included() -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "1000.00")  # 1: 100, gone from 8 March 2027
    cast.take(100, "2026-03-09 12:00")
    cast.give(30, "2026-03-09 13:00")  # 2: gone from 9 March 2027
    cast.buy("o2", "2026-03-09 14:00", "400.00")  # 3: 40, pending, gone from 16 March 2027
    cast.give(100, "2026-03-10 09:00")  # 4: gone from 10 March 2027
    made = cast.bring_back("r1", "2026-03-10 12:00", "1000.00", of="o1")
    assert cast.spent_from(made.entries.get()) == {2: 30, 4: 70}
    again = cast.bring_back("r2", "2026-03-10 13:00", "600.00")
    assert cast.spent_from(again.entries.get()) == {4: 30, 3: 30}
    assert cast.points("2026-03-10 13:00") == (0, 10, 0, 0)


@pytest.mark.parametrize("job", [True, False])
def test_an_own_lot_that_expired_unspent_counts_as_taken_back(job: bool) -> None:
    cast = Cast(lifetime_days=10)
    cast.buy("o1", "2026-03-01 12:00", "1000.00")  # 100 points, 8 to 18 March
    cast.take(30, "2026-03-10 12:00")  # 70 run out
    cast.give(500, "2026-03-17 12:00")
    if job:
        cast.expire("2026-03-19 12:00")
    # 40 due: covered by the 70 that ran out.
    first = cast.bring_back("r1", "2026-03-20 12:00", "400.00", of="o1")
    assert (first.points_due, first.points_expired) == (40, 40)
    assert cast.points("2026-03-20 12:00") == (500, 0, 0, 0)
    # 60 due: 30 are left of what ran out, 30 come from other lots.
    second = cast.bring_back("r2", "2026-03-20 13:00", "600.00", of="o1")
    assert (second.points_due, second.points_expired) == (60, 30)
    assert cast.points("2026-03-20 13:00") == (470, 0, 0, 0)
    assert cast.balance("2026-03-20 13:00").lifetime.expired == 70


def test_a_late_return_finds_the_own_lot_that_was_written_off_meanwhile() -> None:
    cast = Cast(lifetime_days=10)
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.expire("2026-03-19 12:00")
    cast.bring_back("r1", "2026-03-10 12:00", "1000.00", of="o1", recorded="2026-03-20 12:00")
    assert cast.points("2026-03-20 12:00") == (0, 0, 0, 0)
    cast.give(10, "2026-03-21 12:00")
    assert cast.points("2026-03-21 12:00") == (10, 0, 0, 0)


def test_held_points_of_the_own_lot_are_not_touched() -> None:
    cast = Cast(pending_days=0)
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    hold = cast.hold(80, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-02 12:01", "1000.00", of="o1")
    assert cast.points("2026-03-02 12:01") == (0, 0, 80, 80)
    cast.capture(hold, 80, "2026-03-02 12:02")
    assert cast.points("2026-03-02 12:02") == (0, 0, 0, 80)


def test_a_return_whose_points_were_spent_is_debt() -> None:
    cast = Cast(pending_days=0)
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.take(100, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-03 12:00", "1000.00", of="o1")
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 100)
    lifetime = cast.balance("2026-03-03 12:00").lifetime
    assert (lifetime.earned, lifetime.spent, lifetime.returned) == (100, 100, 100)


def test_or_is_forgiven_as_the_programme_says() -> None:
    cast = Cast(pending_days=0, return_shortfall="forgive")
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.take(70, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-03 12:00", "1000.00", of="o1")
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 0)
    lifetime = cast.balance("2026-03-03 12:00").lifetime
    assert (lifetime.earned, lifetime.spent, lifetime.returned, lifetime.forgiven) == (100, 70, 30, 70)
    cast.give(10, "2026-03-04 12:00")
    assert cast.points("2026-03-04 12:00") == (10, 0, 0, 0)


def test_all_forgiven_moves_no_points_and_is_remembered() -> None:
    cast = Cast(pending_days=0, return_shortfall="forgive")
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.take(100, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-03 12:00", "1000.00", of="o1")
    assert cast.balance("2026-03-03 12:00").lifetime.forgiven == 100
    assert cast.balance("2026-03-03 11:59").lifetime.forgiven == 0


def test_points_paid_come_back_in_proportion() -> None:
    cast = Cast()
    cast.give(100, "2026-03-01 10:00")
    # 200.00: 100 points and 100.00 in money, which earn 10.
    cast.buy("o1", "2026-03-01 12:00", ("A", "150.00"), ("B", "50.00"), redeem=100)
    assert cast.points("2026-03-01 12:00") == (0, 10, 0, 0)
    made = cast.bring_back("r1", "2026-03-02 12:00", ("A", "75.00"), of="o1")
    # 75.00 of 200.00: 37.50 of them had been paid with points: 37, and 37.50 in money: 62.50 left → 6 points: 4 due.
    assert (made.points_restored, made.points_due, made.paid_with_points) == (37, 4, Decimal("37.50"))
    assert cast.points("2026-03-02 12:00") == (37, 6, 0, 0)
    # The rest: 100 − 37.
    assert cast.bring_back("r2", "2026-03-02 13:00", ("A", "75.00"), ("B", "50.00"), of="o1").points_restored == 63
    assert cast.points("2026-03-02 13:00") == (100, 0, 0, 0)
    lifetime = cast.balance("2026-03-02 13:00").lifetime
    assert (lifetime.earned, lifetime.spent, lifetime.returned, lifetime.saved) == (110, 0, 10, 0)


def test_points_that_paid_come_back_once_over_three_returns() -> None:
    cast = Cast()
    cast.give(100, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-01 12:00", "200.00", redeem=100)
    back = [cast.bring_back(f"r{n}", f"2026-03-02 1{n}:00", amount, of="o1").points_restored for n, amount in enumerate(("50.00", "50.00", "100.00"))]
    assert back == [25, 25, 50]
    assert cast.points("2026-03-02 13:00") == (100, 0, 0, 0)


def test_points_come_back_into_the_lot_that_was_used_last_first() -> None:
    cast = Cast(lifetime_days=20)
    cast.give(60, "2026-03-01 10:00")  # 1, gone from 21 March
    cast.give(60, "2026-03-05 10:00")  # 2, gone from 25 March
    cast.buy("o1", "2026-03-06 12:00", "240.00", redeem=120)
    assert cast.bring_back("r1", "2026-03-10 12:00", "120.00", of="o1").points_restored == 60
    assert cast.spent_from(cast.take(60, "2026-03-22 12:00")) == {2: 60}


def test_points_come_back_into_their_lots_with_their_expiry() -> None:
    cast = Cast(lifetime_days=20)
    cast.give(60, "2026-03-01 10:00")  # gone from 21 March
    cast.give(60, "2026-03-05 10:00")  # gone from 25 March
    cast.buy("o1", "2026-03-06 12:00", "240.00", redeem=120)
    cast.bring_back("r1", "2026-03-10 12:00", "240.00", of="o1")
    assert cast.points("2026-03-10 12:00") == (120, 0, 0, 0)
    assert cast.points("2026-03-21 00:00") == (60, 0, 0, 0)
    assert cast.points("2026-03-25 00:00") == (0, 0, 0, 0)
    # In the meantime they were spent.
    assert cast.points("2026-03-09 12:00")[0] == 0


@pytest.mark.parametrize("job", [True, False])
def test_points_of_a_lot_that_has_ended_come_back_in_a_grace_lot(job: bool) -> None:
    cast = Cast(lifetime_days=20, pending_days=0)
    cast.give(60, "2026-03-01 10:00")  # gone from 21 March
    cast.give(60, "2026-03-05 10:00")  # gone from 25 March
    cast.buy("o1", "2026-03-06 12:00", "240.00", redeem=120)  # 12 points, gone from 26 March
    if job:
        cast.expire("2026-03-22 12:00")
    cast.bring_back("r1", "2026-03-22 12:00", "240.00", of="o1")
    assert cast.points("2026-03-22 12:00") == (120, 0, 0, 0)
    # 60 are back in the second lot; 60 live for 30 days, to the start of 21 April.
    assert cast.points("2026-03-25 00:00") == (60, 0, 0, 0)
    assert cast.points("2026-04-20 23:59") == (60, 0, 0, 0)
    assert cast.points("2026-04-21 00:00") == (0, 0, 0, 0)


def test_points_that_come_back_settle_a_debt() -> None:
    cast = Cast(pending_days=0)
    cast.give(100, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-01 12:00", "200.00", redeem=100)  # + 10
    cast.take(10, "2026-03-02 12:00")
    cast.bring_back("r1", "2026-03-03 12:00", "300.00")  # unknown: 30 owed
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 30)
    # 100 come back, 10 are taken back (spent: from the others): 100 − 10 − 30.
    cast.bring_back("r2", "2026-03-04 12:00", "200.00", of="o1")
    assert cast.points("2026-03-04 12:00") == (60, 0, 0, 0)


def test_a_repeated_return_changes_nothing_and_another_content_is_a_conflict() -> None:
    cast = Cast()
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    first = cast.bring_back("r1", "2026-03-03 12:00", "60.00", of="o1")
    assert first.points_due == 6
    with pytest.raises(DomainError):
        cast.bring_back("r1", "2026-03-03 12:00", "60.00", of="o1")  # “unchanged” gives no record
    with pytest.raises(DomainError) as reason:
        cast.bring_back("r1", "2026-03-03 12:00", "30.00", of="o1")
    assert reason.value.code == "conflict"
    assert cast.points("2026-03-03 12:00") == (0, 4, 0, 0)
