"""`balance`: what members have, as of any date."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories.loyalty import make_card, make_member, make_partner, make_programme
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db
CARD = "2200000000000012"


def balance(*members: str, **options: Any) -> Any:
    out = io.StringIO()
    call_command("balance", *members, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_a_hand_worked_history_through_the_commands(tmp_path: Path) -> None:
    """Pending, available, expired, returned, debt and forgiven: base 10 %, 7 pending days, 20 days of life."""
    programme = make_programme(lifetime_days=20)
    make_partner("bakery")
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,member,occurred_at,amount,type,original_order_id\n"
        "A1,17,2026-03-01 10:00,1000.00,sale,\n"  # +100: 8 to 28 March
        "A2,17,2026-03-05 10:00,505.55,sale,\n"  # +50 (50.555): 12 March to 1 April
        "R1,17,2026-03-10 10:00,400.00,return,A1\n"  # 600 left earn 60: −40, from A1
        "R2,17,2026-03-15 10:00,300.00,return,\n"  # −30: A1 expires first: 30 left of it
        "A3,17,2026-03-20 10:00,100.00,sale,\n"  # +10: 27 March to 16 April
        # 28 March: the 30 left of A1 run out. 1 April: the 50 of A2.
        "R3,17,2026-04-02 10:00,600.00,return,A1\n"  # −60: 30 had run out unspent, 10 of A3, 20 owed
        "A4,17,2026-04-03 10:00,150.00,sale,\n"  # +15, pending: all of it pays the debt, 5 stay owed
        "A5,17,2026-04-04 10:00,170.00,sale,\n"  # +17: 5 pay the rest, 12 wait until 11 April
        "B1,18,2026-03-01 10:00,20.00,return,\n"  # another member: 2 owed
    )
    call_command("import_orders", path, partner="bakery", stdout=io.StringIO())

    def at(day: str) -> tuple[int, int, int]:
        (seen,) = balance("17", partner="bakery", as_of=day)
        return seen["available"], seen["pending"], seen["debt"]

    expected = {
        "2026-02-28": (0, 0, 0),
        "2026-03-01": (0, 100, 0),
        "2026-03-01T09:59": (0, 0, 0),
        "2026-03-05": (0, 150, 0),
        "2026-03-07": (0, 150, 0),
        "2026-03-08": (100, 50, 0),
        "2026-03-10": (60, 50, 0),
        "2026-03-12": (110, 0, 0),
        "2026-03-15": (80, 0, 0),
        "2026-03-20": (80, 10, 0),
        "2026-03-27": (90, 0, 0),
        "2026-03-28": (60, 0, 0),
        "2026-03-31": (60, 0, 0),
        "2026-04-01": (10, 0, 0),
        "2026-04-02": (0, 0, 20),
        "2026-04-03": (0, 0, 5),
        "2026-04-04": (0, 12, 0),
        "2026-04-11": (12, 0, 0),
        "2026-04-30": (12, 0, 0),
        "2026-05-01": (0, 0, 0),
    }
    assert {day: at(day) for day in expected} == expected
    assert balance("17", "18", partner="bakery", as_of="2026-04-04") == [
        {
            "available": 0,
            "pending": 12,
            "pending_by_date": {"2026-04-11": 12},
            "expiring_by_date": {},
            "held": 0,
            "debt": 0,
            # earned 100 + 50 + 10 + 15 + 17; expired 30 + 50; returned 40 + 30 + 30
            "lifetime": {"earned": 192, "spent": 0, "expired": 80, "returned": 100, "forgiven": 0, "saved": 0.0},
        },
        {
            "available": 0,
            "pending": 0,
            "pending_by_date": {},
            "expiring_by_date": {},
            "held": 0,
            "debt": 2,
            "lifetime": {"earned": 0, "spent": 0, "expired": 0, "returned": 2, "forgiven": 0, "saved": 0.0},
        },
    ]
    # The window of 30 days from 15 March reaches 14 April.
    assert balance("17", partner="bakery", as_of="2026-03-15")[0]["expiring_by_date"] == {"2026-03-28": 30, "2026-04-01": 50}
    # The job changes nothing.
    call_command("expire_points", as_of="2026-06-01", stdout=io.StringIO())
    assert {day: at(day) for day in expected} == expected
    call_command("verify_ledger", stdout=io.StringIO())
    assert programme.return_shortfall == "debt"


def test_the_same_history_where_the_programme_forgives(tmp_path: Path) -> None:
    make_programme(lifetime_days=20, return_shortfall="forgive")
    make_partner("bakery")
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,member,occurred_at,amount,type,original_order_id\n"
        "A1,17,2026-03-01 10:00,100.00,sale,\n"
        "R1,17,2026-03-02 10:00,300.00,return,\n"  # 30: 10 taken, 20 forgiven
        "A2,17,2026-03-03 10:00,50.00,sale,\n"
    )
    call_command("import_orders", path, partner="bakery", stdout=io.StringIO())
    (seen,) = balance("17", partner="bakery", as_of="2026-03-03")
    assert (seen["pending"], seen["debt"], seen["lifetime"]["returned"], seen["lifetime"]["forgiven"]) == (5, 0, 10, 20)


def test_members_are_named_by_card_phone_or_email_in_the_order_of_the_arguments() -> None:
    cast = Cast()
    cast.give(1, "2026-03-01 12:00")
    make_card(cast.member, CARD)
    cast.member = make_member(email="anna@example.org", phone="+79161234567")
    cast.give(2, "2026-03-01 12:00")
    found = balance("+7 916 123 45 67", CARD, "Anna@example.org", as_of="2026-03-01")
    assert [one["available"] for one in found] == [2, 1, 2]
    assert len(balance(CARD, as_of="2026-03-01")) == 1


def test_a_blocked_card_still_names_its_member() -> None:
    cast = Cast()
    cast.give(1, "2026-03-01 12:00")
    make_card(cast.member, CARD, blocked_at=cast.at("2026-03-01 12:00"), block_reason="lost")
    assert balance(CARD, as_of="2026-03-02")[0]["available"] == 1


@pytest.mark.parametrize("who", ["2200000000000038", "nobody@example.org", "+79160000000", "17", "anna@nowhere", ""])
def test_who_is_unknown_is_told(who: str) -> None:
    Cast()
    with pytest.raises(CommandError):
        balance(who)
    with pytest.raises(CommandError):
        balance(who, partner="bakery")


def test_unknown_partner_wrong_date_and_no_member() -> None:
    Cast()
    for members, options in ((["17"], {"partner": "nobody"}), (["17"], {"as_of": "soon"}), ([], {}), (["17"], {"total": True})):
        with pytest.raises(CommandError):
            balance(*members, **options)


def test_total_is_one_object() -> None:
    cast = Cast()
    assert balance(total=True)["available"] == 0
    cast.give(1, "2026-03-01 12:00")
    cast.member = make_member()
    cast.give(2, "2026-03-01 12:00")
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    total = balance(total=True, as_of="2026-03-01")
    assert (total["available"], total["pending"], total["pending_by_date"]) == (3, 10, {"2026-03-08": 10})
    assert total["lifetime"]["earned"] == 13


def test_a_bare_date_means_the_end_of_that_business_day() -> None:
    cast = Cast(timezone="America/New_York")
    make_card(cast.member, CARD)
    cast.give(1, "2026-03-01 23:59:59")
    assert balance(CARD, as_of="2026-03-01")[0]["available"] == 1
    assert balance(CARD, as_of="2026-02-28")[0]["available"] == 0
    assert balance(CARD, as_of="2026-03-02T04:59:58Z")[0]["available"] == 0
    assert balance(CARD, as_of="2026-03-01T23:59:59")[0]["available"] == 1


def test_for_people() -> None:
    cast = Cast()
    make_card(cast.member, CARD)
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    out = io.StringIO()
    call_command("balance", CARD, as_of="2026-03-01", stdout=out)
    assert f"{CARD}: available 0, pending 10, held 0, debt 0\n  pending until 2026-03-08: 10\n" in out.getvalue()
