"""The settlement page of the desk: a month's statement, its documents, its files."""

import csv
import io
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from loyalty.domain.settlement import close_month, parse_month
from partners.enums import DeskRole
from partners.views.desk import settlement
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import make_partner
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = Cast(spendable_share=100, pending_days=0, terms={"fee_pct": Decimal(1)})
    cast.give(500, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-02 12:00", "1000.00", redeem=400)
    cast.bring_back("r1", "2026-03-03 12:00", "500.00", of="o1")
    return cast


@pytest.fixture
def viewer(cast: Cast) -> Client:
    return desk_client(make_seat(cast.partner, DeskRole.VIEWER))


def page(client: Client, **query: str) -> str:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        response = client.get(reverse("desk_settlement", args=["bakery"]), query)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def read_csv(response: object) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def export(client: Client, kind: str = "csv", **query: str) -> object:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        return client.get(reverse("desk_settlement_export", args=["bakery", kind]), query)


def test_the_statement_of_a_month(viewer: Client) -> None:
    html = page(viewer, month="2026-03")
    for words in (
        "The programme owes you",
        "₽165",
        "Issued 60 points",
        "Taken back by returns: 30 points",
        "Accepted 400 points",
        "Fee, 1% of the turnover of ₽500",
    ):
        assert words in html, words
    assert html.count("<tr>") == 1 + 4


def test_the_present_month_is_shown_first(viewer: Client, cast: Cast) -> None:
    cast.buy("o2", "2026-04-10 12:00", "3000.00")
    html = page(viewer)
    assert "up to now" in html
    assert "₽330" in html  # 300 points and a fee of 1 %


def test_a_closed_month_says_so_and_its_late_documents_are_corrections(viewer: Client, cast: Cast) -> None:
    close_month(parse_month("2026-03"), programme=cast.programme, now=cast.at("2026-04-03 12:00"))
    cast.buy("late", "2026-03-20 12:00", "1000.00", recorded="2026-04-10 12:00")
    assert "March, closed on 3 April" in page(viewer, month="2026-03")
    html = page(viewer)
    assert "correction of closed months" in html
    assert "Closed statements never change" in html


@pytest.mark.parametrize("month", ["2026-05", "2026-02", "nonsense", "2026-13", "9999-12", "2026-03-01"])
def test_a_month_that_no_statement_can_be_of_is_not_found(viewer: Client, month: str) -> None:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        assert viewer.get(reverse("desk_settlement", args=["bakery"]), {"month": month}).status_code == 404
        assert viewer.get(reverse("desk_settlement_export", args=["bakery", "csv"]), {"month": month}).status_code == 404


def test_older_documents_are_a_page_away_at_the_same_cost(viewer: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "PAGE", 3)
    with CaptureQueriesContext(connection) as few:
        first = page(viewer, month="2026-03")
    assert "Older" in first
    for number in range(30):
        cast.buy(f"n{number}", "2026-03-05 12:00", "100.00", redeem=1)
    with CaptureQueriesContext(connection) as many:
        page(viewer, month="2026-03")
    assert len(few) == len(many)
    context = viewer.get(reverse("desk_settlement", args=["bakery"]), {"month": "2026-03"}).context
    seen = [row.id for row in context["rows"]]
    following = viewer.get(reverse("desk_settlement", args=["bakery"]), {"month": "2026-03", "after": context["next"]}).context
    assert seen
    assert not set(seen) & {row.id for row in following["rows"] if row.stream == context["rows"][-1].stream}


def test_the_file_adds_up_to_the_statement(viewer: Client) -> None:
    response = export(viewer, month="2026-03")
    assert 'filename="bakery-2026-03.csv"' in response["Content-Disposition"]  # type: ignore[index]
    rows = read_csv(response)
    assert [(row["Document"], row["What"], row["Points"], row["Amount, RUB"]) for row in rows] == [
        ("r1", "Taken back by a return", "-30", "-30"),
        ("r1", "Given back by a return", "200", "200"),
        ("o1", "Issued", "60", "60"),
        ("o1", "Accepted", "-400", "-400"),
        ("", "Fee", "", "5.00"),
    ]
    assert sum(Decimal(row["Amount, RUB"]) for row in rows) == Decimal(-165)


def test_the_excel_file_has_numbers_and_no_formulas(viewer: Client, cast: Cast) -> None:
    cast.buy("=HYPERLINK(1)", "2026-03-09 12:00", "100.00")
    response = export(viewer, "xlsx", month="2026-03")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    first = [cell.value for cell in next(sheet.iter_rows(min_row=2, max_row=2))]
    assert (first[2], first[5], first[6]) == ("'=HYPERLINK(1)", 10, 10)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert read_csv(export(viewer, month="2026-03"))[0]["Document"] == "'=HYPERLINK(1)"


def test_nothing_of_another_partner_is_seen(viewer: Client, cast: Cast) -> None:
    """Not its desk, not its documents, and of a return there that took our points only that it did."""
    chemist = make_partner("chemist", base="100")
    other, cast.partner = cast.partner, chemist
    cast.buy("secret-1", "2026-03-05 12:00", "10.00")
    cast.bring_back("secret-2", "2026-03-06 12:00", "320.00")
    cast.partner = other
    for name in ("desk_settlement", "desk_statistics", "desk_webhooks"):
        assert viewer.get(reverse(name, args=["chemist"])).status_code == 404
    for name in ("desk_settlement_export", "desk_statistics_export"):
        assert viewer.get(reverse(name, args=["chemist", "csv"])).status_code == 404
    html = page(viewer, month="2026-03")
    assert "secret" not in html
    assert "elsewhere" in html
    text = b"".join(export(viewer, month="2026-03").streaming_content).decode()  # type: ignore[attr-defined]
    assert "secret" not in text
    assert "chemist" not in text


def test_nobody_writes_here(viewer: Client) -> None:
    for name, args in (("desk_settlement", ["bakery"]), ("desk_settlement_export", ["bakery", "csv"]), ("desk_statistics", ["bakery"])):
        assert viewer.post(reverse(name, args=args)).status_code == 405
    assert viewer.get("/desk/bakery/settlement.pdf").status_code == 404
