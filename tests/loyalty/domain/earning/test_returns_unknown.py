"""Worked examples: returns without a known original, and debts."""

import pytest

from loyalty.lib.errors import DomainError
from tests.factories.loyalty import add_terms, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rounding", "points"), [("down", 9), ("half_up", 10), ("up", 10)])
def test_it_takes_what_the_money_would_have_earned_rounded_as_an_accrual(rounding: str, points: int) -> None:
    cast = Cast(rounding=rounding)
    cast.give(100, "2026-03-01 12:00")
    cast.bring_back("r1", "2026-03-02 12:00", "95.00")  # 9.5
    assert cast.points("2026-03-02 12:00") == (100 - points, 0, 0, 0)


def test_at_the_terms_of_the_day_of_the_return() -> None:
    cast = Cast()
    add_terms(cast.partner, valid_from=moment("2026-03-02 00:00"), base="20")
    cast.give(100, "2026-03-01 09:00")
    cast.bring_back("r1", "2026-03-01 12:00", "100.00", recorded="2026-03-05 12:00")
    assert cast.points("2026-03-05 12:00") == (90, 0, 0, 0)
    cast.bring_back("r2", "2026-03-02 12:00", "100.00", recorded="2026-03-05 12:00")
    assert cast.points("2026-03-05 12:00") == (70, 0, 0, 0)


def test_excluded_goods_would_have_earned_nothing() -> None:
    cast = Cast(exclusions={("sku", "TOBACCO"): "no"})
    cast.give(100, "2026-03-01 09:00")
    assert cast.bring_back("r1", "2026-03-02 12:00", ("TOBACCO", "500.00"), ("BREAD", "100.00")).points_due == 10


def test_an_original_that_nobody_knows_is_an_unknown_one() -> None:
    cast = Cast()
    cast.give(100, "2026-03-01 09:00")
    made = cast.bring_back("r1", "2026-03-02 12:00", "100.00", of="before-the-programme")
    assert (made.order, made.points_due) == (None, 10)


def test_lots_that_expire_first_then_the_oldest_pending_included() -> None:
    cast = Cast(lifetime_days=20)
    cast.give(10, "2026-03-02 12:00")  # 1: gone from 22 March
    cast.give(10, "2026-03-02 09:00")  # 2: the same day, older
    cast.buy("o1", "2026-03-03 12:00", "100.00")  # 3: 10 pending, gone from 30 March
    cast.give(10, "2026-03-03 12:00")  # 4: gone from 23 March
    made = cast.bring_back("r1", "2026-03-04 12:00", "350.00")
    assert cast.spent_from(made.entries.get()) == {2: 10, 1: 10, 4: 10, 3: 5}
    assert cast.points("2026-03-04 12:00") == (0, 5, 0, 0)


@pytest.mark.parametrize("job", [True, False])
def test_lots_that_ended_before_it_do_not_serve(job: bool) -> None:
    cast = Cast(lifetime_days=10)
    cast.give(50, "2026-03-01 12:00")  # gone from 11 March
    cast.give(20, "2026-03-05 12:00")  # gone from 15 March
    if job:
        cast.expire("2026-03-11 12:00")
    cast.bring_back("r1", "2026-03-11 00:00", "300.00", recorded="2026-03-11 13:00")
    assert cast.points("2026-03-11 13:00") == (0, 0, 0, 10)


def test_a_lot_that_ended_only_after_it_serves_a_late_return() -> None:
    cast = Cast(lifetime_days=10)
    cast.give(50, "2026-03-01 12:00")  # gone from 11 March
    cast.bring_back("r1", "2026-03-10 23:59", "300.00", recorded="2026-03-20 12:00")
    assert cast.points("2026-03-10 23:59") == (20, 0, 0, 0)
    assert cast.points("2026-03-20 12:00") == (0, 0, 0, 0)
    assert cast.balance("2026-03-20 12:00").lifetime.expired == 20


def test_lots_credited_after_it_do_not_serve_but_settle_its_debt() -> None:
    cast = Cast()
    cast.give(50, "2026-03-10 12:00")
    cast.bring_back("r1", "2026-03-05 12:00", "300.00", recorded="2026-03-20 12:00")
    assert cast.points("2026-03-05 12:00") == (0, 0, 0, 30)
    assert cast.points("2026-03-10 12:00") == (20, 0, 0, 0)
    assert cast.points("2026-03-20 12:00") == (20, 0, 0, 0)


def test_a_debt_is_settled_by_a_pending_credit_at_its_posting() -> None:
    cast = Cast()
    cast.bring_back("r1", "2026-03-01 12:00", "300.00")
    assert cast.points("2026-03-01 12:00") == (0, 0, 0, 30)
    cast.buy("o1", "2026-03-02 12:00", "200.00")  # 20, pending
    assert cast.points("2026-03-01 12:00") == (0, 0, 0, 30)
    assert cast.points("2026-03-02 12:00") == (0, 0, 0, 10)
    cast.buy("o2", "2026-03-03 12:00", "150.00")  # 15: 10 pay, 5 wait
    assert cast.points("2026-03-03 12:00") == (0, 5, 0, 0)
    assert cast.points("2026-03-10 00:00") == (5, 0, 0, 0)


def test_a_member_with_debt_has_no_free_points() -> None:
    cast = Cast()
    cast.bring_back("r1", "2026-03-01 12:00", "300.00")
    cast.give(30, "2026-03-02 12:00")
    assert cast.points("2026-03-02 12:00") == (0, 0, 0, 0)
    with pytest.raises(DomainError):
        cast.take(1, "2026-03-02 12:00")


def test_debts_are_paid_oldest_first() -> None:
    cast = Cast()
    cast.bring_back("r1", "2026-03-02 12:00", "100.00")
    cast.bring_back("r2", "2026-03-01 12:00", "100.00", recorded="2026-03-02 13:00")
    cast.give(15, "2026-03-03 12:00")
    assert cast.points("2026-03-03 12:00") == (0, 0, 0, 5)
    debts = {debt.entry.order_return.external_id: debt.remaining for debt in cast.member.debts.select_related("entry__order_return")}
    assert debts == {"r1": 5, "r2": 0}


def test_a_late_credit_settles_a_debt_from_the_day_of_the_debt() -> None:
    cast = Cast()
    cast.bring_back("r1", "2026-03-05 12:00", "300.00")
    cast.buy("o1", "2026-03-01 12:00", "400.00", recorded="2026-03-06 12:00")  # 40, recorded late
    assert cast.points("2026-03-01 12:00") == (0, 40, 0, 0)
    assert cast.points("2026-03-05 12:00") == (0, 10, 0, 0)


def test_a_late_credit_that_had_ended_before_the_debt_does_not_settle_it() -> None:
    cast = Cast(lifetime_days=10)
    cast.bring_back("r1", "2026-03-25 12:00", "300.00")
    cast.buy("o1", "2026-03-01 12:00", "400.00", recorded="2026-03-26 12:00")  # 8 to 18 March
    assert cast.points("2026-03-17 12:00") == (40, 0, 0, 0)
    assert cast.points("2026-03-25 12:00") == (0, 0, 0, 30)
    assert cast.balance("2026-03-25 12:00").lifetime.expired == 40


def test_forgiven_points_are_not_owed() -> None:
    cast = Cast(return_shortfall="forgive")
    cast.give(10, "2026-03-01 10:00")
    cast.bring_back("r1", "2026-03-01 12:00", "300.00")
    assert cast.points("2026-03-01 12:00") == (0, 0, 0, 0)
    lifetime = cast.balance("2026-03-01 12:00").lifetime
    assert (lifetime.returned, lifetime.forgiven) == (10, 20)


def test_a_return_that_would_have_earned_nothing_moves_nothing() -> None:
    cast = Cast()
    made = cast.bring_back("r1", "2026-03-01 12:00", "9.99")
    assert (made.points_due, made.entries.count()) == (0, 0)
    assert cast.points("2026-03-01 12:00") == (0, 0, 0, 0)
