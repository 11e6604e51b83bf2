"""Each document of a file is judged by itself and at its time, wherever the chunks of the import end."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Member
from loyalty.domain.orders import loading, recording
from loyalty.domain.verify import verify
from loyalty.models import Entry, Order, Return
from partners.models import Partner
from tests.factories.loyalty import make_card, make_member, make_partner, make_programme, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db

HEADER = "order_id,member,occurred_at,amount"
GOOD = "o1,17,2026-03-01 12:00,100.00"
CARD = "2200000000000012"


@pytest.fixture
def partner() -> Partner:
    make_programme()
    return make_partner("bakery")


@pytest.fixture(params=[1000, 1])
def load(request: pytest.FixtureRequest, partner: Partner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Import lines as a file, all in one chunk and each in a chunk of its own."""
    monkeypatch.setattr(loading, "_CHUNK", request.param)

    def run(*lines: str, header: str = HEADER, **options: Any) -> str:
        path = tmp_path / "orders.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        out = io.StringIO()
        call_command("import_orders", path, partner="bakery", stdout=out, stderr=io.StringIO(), **options)
        return out.getvalue()

    return run


def reasons(path: Path) -> dict[str, str]:
    """order_id → reason"""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["order_id"]: row["reason"] for row in csv.DictReader(stream)}


def test_a_return_of_a_rejected_order_is_rejected_too(load: Callable[..., str], tmp_path: Path) -> None:
    load(
        "o1,17,2026-03-01 12:00,bad,sale,",
        "r1,17,2026-03-02 12:00,10.00,return,o1",
        header=f"{HEADER},type,original_order_id",
        rejects=tmp_path / "rejects.csv",
    )
    # Nobody becomes a member by a rejected document.
    assert [model.objects.count() for model in (Order, Return, Entry, Member)] == [0, 0, 0, 0]
    assert "o1 was rejected" in reasons(tmp_path / "rejects.csv")["r1"]


def test_a_row_with_too_many_columns_comes_back_as_it_stood(load: Callable[..., str], tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    load(GOOD, "o2,17,2026-03-01 12:00,100.00,more", rejects=rejects)
    assert "more" in rejects.read_text()


def test_a_card_serves_until_it_is_blocked(load: Callable[..., str], tmp_path: Path) -> None:
    make_card(make_member(), CARD, blocked_at=moment("2026-03-02 00:00"), block_reason="lost")
    load(f"o1,{CARD},2026-03-01 23:59,10.00", f"o2,{CARD},2026-03-02 00:00,10.00", rejects=tmp_path / "rejects.csv")
    assert [order.external_id for order in Order.objects.all()] == ["o1"]
    assert "blocked" in reasons(tmp_path / "rejects.csv")["o2"]


def test_a_return_is_judged_by_the_recorded_order_where_the_file_has_another(load: Callable[..., str]) -> None:
    load(GOOD)
    out = load("o1,17,2026-03-01 12:00,50.00,sale,", "r1,17,2026-03-02 12:00,80.00,return,o1", header=f"{HEADER},type,original_order_id")
    assert "0 orders and 1 returns recorded, 0 known already, 1 rows rejected." in out
    assert Return.objects.get().order == Order.objects.get()


def test_an_order_too_large_for_the_books_is_rejected(load: Callable[..., str], tmp_path: Path) -> None:
    huge = "o2,17,2026-03-01 12:00,999999999999.99"
    load(GOOD, huge, huge, rejects=tmp_path / "rejects.csv")
    assert [order.external_id for order in Order.objects.all()] == ["o1"]
    assert reasons(tmp_path / "rejects.csv")["o2"]


def test_an_email_on_file_is_found_whatever_its_letters(load: Callable[..., str]) -> None:
    member = make_member(email="Anna@Example.org")
    load("o1,anna@EXAMPLE.org,2026-03-01 12:00,100.00")
    assert Order.objects.get().member == member
    assert Member.objects.count() == 1


def test_ids_of_full_length_have_room_in_every_key() -> None:
    for number in range(12):
        make_partner(f"shop{number}")
    cast = Cast()
    cast.give(100, "2026-03-01 10:00")
    sale, back = "s" * 100, "r" * 100
    cast.buy(sale, "2026-03-01 12:00", "100.00", redeem=50)
    assert cast.bring_back(back, "2026-03-02 12:00", "100.00", of=sale).points_restored == 50
    assert cast.points("2026-03-02 12:00") == (100, 0, 0, 0)
    outcomes = recording.record(
        [recording.ReturnOf(back, cast.member.pk, cast.at("2026-03-02 12:00"), [recording.ReceiptLine(Decimal("100.00"))], original=sale)],
        partner=cast.partner,
        programme=cast.programme,
        now=cast.at("2026-03-03 12:00"),
    )
    assert [outcome.status for outcome in outcomes] == ["unchanged"]
    assert list(verify(now=timezone.now())) == []


def test_points_that_came_back_and_went_again_leave_the_rest_to_a_late_return() -> None:
    """100 points: 40 spent on the 5th, back on the 10th, 80 spent on the 12th. 20 were never touched."""
    cast = Cast(pending_days=0, return_shortfall="forgive")
    cast.give(100, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-05 12:00", "40.00", "40.00", redeem=40)  # 4 points of its own
    cast.bring_back("r1", "2026-03-10 12:00", "80.00", of="o1")
    cast.take(80, "2026-03-12 12:00")
    cast.bring_back("r2", "2026-03-06 12:00", "200.00", recorded="2026-03-15 12:00")  # 20 due
    assert cast.points("2026-03-15 12:00") == (0, 0, 0, 0)
    assert cast.balance("2026-03-15 12:00").lifetime.forgiven == 0
