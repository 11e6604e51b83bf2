"""Worked examples: balances as of any instant, whether or not the expiry job ever ran."""

from datetime import timedelta

import pytest

from loyalty.domain import ledger
from loyalty.domain.ledger import balances, total_balance
from loyalty.models import Entry, Event
from tests.factories.loyalty import make_member
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def history(cast: Cast) -> None:
    """March 2026: 20 days of life, 7 pending."""
    cast.give(300, "2026-03-01 10:00")  # gone from 21 March
    cast.buy("o1", "2026-03-02 12:00", "1000.00")  # 100, 9 to 29 March
    cast.buy("o2", "2026-03-05 12:00", "400.00", redeem=120)  # 28, 12 March to 1 April
    cast.bring_back("r1", "2026-03-10 12:00", "500.00", of="o1")  # −50
    cast.bring_back("r2", "2026-03-22 12:00", "900.00")  # 90: 50 of o1, 28 of o2, 12 owed
    cast.bring_back("r3", "2026-03-23 12:00", "100.00", of="o2")  # 30 points back into a grace lot: 12 pay the debt; 7 due


EXPECTED = {
    "2026-03-01 09:59": (0, 0, 0, 0),
    "2026-03-01 10:00": (300, 0, 0, 0),
    "2026-03-02 12:00": (300, 100, 0, 0),
    "2026-03-05 12:00": (180, 128, 0, 0),
    "2026-03-09 00:00": (280, 28, 0, 0),
    "2026-03-10 12:00": (230, 28, 0, 0),
    "2026-03-12 00:00": (258, 0, 0, 0),
    "2026-03-20 23:59:59": (258, 0, 0, 0),
    "2026-03-21 00:00": (78, 0, 0, 0),
    "2026-03-22 12:00": (0, 0, 0, 12),
    # o2 was 400: 280 in money. 100 back: 70 money → 7 due, 30 points. 30 − 12 − 7.
    "2026-03-23 12:00": (11, 0, 0, 0),
    "2026-04-21 23:59": (11, 0, 0, 0),
    "2026-04-22 00:00": (0, 0, 0, 0),
}


@pytest.mark.parametrize("job", [None, "2026-03-21 00:00", "2026-05-01 00:00"])
def test_balance_at_every_date(job: str | None) -> None:
    cast = Cast(lifetime_days=20)
    history(cast)
    if job:
        cast.expire(job)
        assert cast.expire(job) == 0
    assert {when: cast.points(when) for when in EXPECTED} == EXPECTED
    lifetime = cast.balance("2026-05-01 00:00").lifetime
    # earned 300 + 100 + 28; spent 120 − 30; returned 50 + 90 + 7; expired 180 + 11
    assert (lifetime.earned, lifetime.spent, lifetime.returned, lifetime.expired, lifetime.forgiven) == (428, 90, 147, 191, 0)
    assert cast.balance("2026-03-21 00:00").lifetime.expired == 180


def test_the_job_running_each_day_changes_nothing() -> None:
    cast = Cast(lifetime_days=20)
    history(cast)
    day = cast.at("2026-03-01 00:05")
    while day < cast.at("2026-05-01 00:00"):
        ledger.expire_points(now=day)
        day += timedelta(days=1)
    assert {when: cast.points(when) for when in EXPECTED} == EXPECTED


def test_the_job_writes_the_line_and_the_event_at_the_instant_of_expiry() -> None:
    cast = Cast(lifetime_days=20)
    cast.give(300, "2026-03-01 10:00")
    assert cast.expire("2026-03-20 23:59") == 0
    assert cast.expire("2026-03-25 12:00") == 300
    entry = Entry.objects.get(kind="expiry")
    assert (entry.points, entry.occurred_at, entry.created_at) == (-300, cast.at("2026-03-21 00:00"), cast.at("2026-03-25 12:00"))
    assert Event.objects.filter(kind="points_expired", member=cast.member).count() == 1


def test_the_job_in_the_past_writes_only_what_had_run_out_by_then() -> None:
    cast = Cast(lifetime_days=20)
    cast.give(300, "2026-03-01 10:00")
    cast.give(200, "2026-03-05 10:00")
    assert ledger.expire_points(now=cast.at("2026-06-01 00:00"), as_of=cast.at("2026-03-22 00:00")).points == 300
    assert cast.expire("2026-06-01 00:00") == 200


def test_many_members_at_once_and_their_sum() -> None:
    cast = Cast()
    cast.give(300, "2026-03-01 10:00")
    first, cast.member = cast.member, make_member()
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.hold(50, "2026-03-09 12:00", minutes=60)
    at = cast.at("2026-03-09 12:30")
    both = balances([first.pk, cast.member.pk], programme=cast.programme, at=at)
    assert (both[first.pk].available, both[cast.member.pk].available, both[cast.member.pk].held) == (300, 50, 50)
    total = total_balance(programme=cast.programme, at=at)
    assert (total.available, total.held, total.lifetime.earned) == (350, 50, 400)


def test_balances_cost_the_same_number_of_queries_for_one_member_and_for_many(django_assert_max_num_queries: object) -> None:
    cast = Cast(lifetime_days=20)
    history(cast)
    members = [cast.member.pk]
    for _ in range(5):
        cast.member = make_member()
        cast.give(10, "2026-03-01 10:00")
        members.append(cast.member.pk)
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        balances(members, programme=cast.programme, at=cast.at("2026-03-22 12:00"))
