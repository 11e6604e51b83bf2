"""`manage.py statement`: what it prints, and a sentence for what it can't do."""

import csv
import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from loyalty.models import SettlementMonth, Statement
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = Cast(spendable_share=100, pending_days=0, terms={"fee_pct": Decimal(1)})
    cast.give(500, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-02 12:00", "1000.00", redeem=400)
    cast.bring_back("r1", "2026-03-03 12:00", "500.00", of="o1")
    return cast


def run(*args: str, **options: object) -> str:
    out = io.StringIO()
    call_command("statement", *args, stdout=out, **options)
    return out.getvalue()


def test_a_draft_in_words(cast: Cast) -> None:
    lines = [" ".join(line.split()) for line in run("bakery", month="2026-03").splitlines()]
    assert lines == [
        "Bakery, 2026-03 (draft), in RUB; positive amounts are paid to the operator",
        "points issued: base 60 60.00",
        "points taken back by returns 30 -30.00",
        "points redeemed here 400 -400.00",
        "redeemed points given back by returns 200 200.00",
        "fee 1 % of 500.00 5.00",
        "total -165.00",
    ]


def test_a_closed_month_as_csv_with_corrections(cast: Cast) -> None:
    assert run(month="2026-03", close=True) == "2026-03 is closed: 2 statements.\n"
    cast.buy("late", "2026-03-04 12:00", "100.00", recorded="2026-04-10 12:00")
    rows = list(csv.DictReader(io.StringIO(run("bakery", month="2026-04", csv=True))))
    assert [(row["part"], row["line"], row["reason"], row["points"], row["fee_pct"], row["amount"]) for row in rows] == [
        ("correction", "issued", "base", "10", "", "10.00"),
        ("correction", "fee", "", "", "1", "1.00"),
        ("total", "total", "", "", "", "11.00"),
    ]
    closed = list(csv.DictReader(io.StringIO(run("bakery", month="2026-03", csv=True))))
    assert {row["state"] for row in closed} == {"closed"}
    assert closed[-1]["amount"] == "-165.00"
    assert all((row["partner"], row["month"], row["currency"]) == ("bakery", "2026-03", "RUB") for row in closed)


def test_the_operators_own(cast: Cast) -> None:
    assert "points issued: adjustment" in run("operator", month="2026-03")


def test_a_month_without_movements_is_nothing(cast: Cast) -> None:
    assert run("bakery", month="2020-02").splitlines()[1].split() == ["total", "0.00"]


def test_check_is_sound_and_finds_damage(cast: Cast) -> None:
    run(month="2026-03", close=True)
    assert run(check=True) == run(check=True, month="2026-03") == "Statements and ledger agree.\n"
    Statement.objects.filter(partner=cast.partner).update(figures={})
    with pytest.raises(SystemExit) as left:
        run(check=True)
    assert left.value.code == 1


@pytest.mark.parametrize(
    ("args", "options", "sentence"),
    [
        (["baker"], {"month": "2026-03"}, "There is no partner “baker”."),
        (["bakery"], {"month": "2026-3"}, "“2026-3” is not a month, as in 2026-11."),
        (["bakery"], {"month": "March"}, "“March” is not a month, as in 2026-11."),
        (["bakery"], {}, "Name the month: --month YYYY-MM."),
        ([], {"month": "2026-03"}, "Name a partner, or “operator”."),
        (["bakery"], {"month": "2026-03", "close": True}, "--close closes the month for all partners; name none."),
        (["bakery"], {"check": True}, "--check stands alone or with --month: it checks all partners."),
        ([], {"month": "2999-01", "close": True}, "2999-01 is not over yet; a month is closed when it is."),
    ],
)
def test_what_it_refuses(cast: Cast, args: list[str], options: dict[str, object], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*args, **options)
    assert str(refused.value) == sentence
    assert not SettlementMonth.objects.exists()
