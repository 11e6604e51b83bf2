"""`expire_points` writes history; it changes no balance and no outcome."""

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from loyalty.models import Entry
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


def run(as_of: str) -> str:
    out = io.StringIO()
    call_command("expire_points", as_of=as_of, stdout=out)
    return out.getvalue()


def test_it_writes_off_what_ran_out_once() -> None:
    cast = Cast(lifetime_days=10)
    cast.give(30, "2026-03-01 12:00")
    cast.give(20, "2026-03-01 13:00")
    cast.give(10, "2026-03-03 12:00")
    assert run("2026-03-11") == "50 points of 1 members written off in 1 entries.\n"
    assert run("2026-03-11") == "0 points of 0 members written off in 0 entries.\n"
    # A bare date is the end of that business day.
    assert run("2026-03-12T23:59:59+03:00").startswith("0 points")
    assert run("2026-03-13").startswith("10 points of 1 members")
    assert list(Entry.objects.filter(kind="expiry").values_list("points", "occurred_at").order_by("pk")) == [
        (-50, cast.at("2026-03-11 00:00")),
        (-10, cast.at("2026-03-13 00:00")),
    ]


def test_a_wrong_date_is_told() -> None:
    with pytest.raises(CommandError, match="soon"):
        run("soon")


def late_return(cast: Cast) -> None:
    cast.bring_back("late", "2026-03-10 12:00", "400.00", recorded="2026-03-20 12:00")  # 40 of the 50 that were there


def late_spend(cast: Cast) -> None:
    cast.buy("late", "2026-03-10 12:00", "100.00", redeem=40, recorded="2026-03-20 12:00")


def late_known_return(cast: Cast) -> None:
    cast.bring_back("late", "2026-03-10 12:00", "500.00", of="o1", recorded="2026-03-20 12:00")


def late_giving_back(cast: Cast) -> None:
    cast.bring_back("late", "2026-03-10 12:00", "60.00", of="paid", recorded="2026-03-20 12:00")


@pytest.mark.parametrize("what", [late_return, late_spend, late_known_return, late_giving_back])
@pytest.mark.parametrize("shortfall", ["debt", "forgive"])
def test_a_late_document_ends_the_same_with_and_without_the_job(what: Callable[[Cast], None], shortfall: str) -> None:
    """Truth without jobs: whether the job ran between two documents must not matter."""
    seen = []
    for runs in ([], ["2026-03-12"], ["2026-03-11", "2026-03-15", "2026-03-19"], ["2030-01-01"]):
        with transaction.atomic():
            cast = Cast(lifetime_days=10, pending_days=0, return_shortfall=shortfall)
            cast.buy("o1", "2026-03-01 12:00", "500.00")  # 50, gone from 11 March
            cast.give(30, "2026-03-01 13:00")
            cast.buy("paid", "2026-03-02 12:00", "60.00", redeem=30)  # 3, gone from 12 March
            for as_of in runs:
                run(as_of)
            what(cast)
            moments = [
                "2026-03-01 23:00",
                "2026-03-02 23:00",
                "2026-03-10 12:00",
                "2026-03-11 00:00",
                "2026-03-12 00:00",
                "2026-03-20 12:00",
                "2026-05-01 00:00",
            ]
            seen.append([cast.balance(when) for when in moments])
            transaction.set_rollback(True)
    assert seen[1:] == [seen[0]] * 3


def test_a_run_ahead_of_the_clock_takes_nothing_from_today() -> None:
    cast = Cast(lifetime_days=10)
    cast.give(30, "2026-03-01 12:00")
    run("2030-01-01")
    assert cast.points("2026-03-05 12:00") == (30, 0, 0, 0)
    cast.take(10, "2026-03-05 12:00")
    assert cast.points("2026-03-05 12:00") == (20, 0, 0, 0)
    hold = cast.hold(20, "2026-03-06 12:00")
    cast.capture(hold, 5, "2026-03-06 12:05")
    assert cast.points("2026-03-06 12:05") == (15, 0, 0, 0)
    assert cast.points("2026-03-11 00:00") == (0, 0, 0, 0)
    assert cast.balance("2026-03-11 00:00").lifetime.expired == 15
