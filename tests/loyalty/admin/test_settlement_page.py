"""Finance sees any partner's statement of any month, takes its documents home, and closes months."""

import csv
import io

import pytest
import time_machine
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty.domain import programme
from loyalty.models import SettlementMonth
from tests.factories.loyalty import make_partner
from tests.factories.staff import staff_client
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = Cast(spendable_share=100, pending_days=0)
    cast.give(500, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-02 12:00", "1000.00", redeem=400)
    return cast


@pytest.fixture
def finance(cast: Cast) -> Client:
    return staff_client(programme.FINANCE)


def page(client: Client, **query: str) -> str:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        response = client.get(reverse("admin:loyalty_settlementmonth_changelist"), query)
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ")


def close(client: Client, month: str) -> str:
    with time_machine.travel("2026-04-20T12:00:00Z"):
        response = client.post(reverse("admin:loyalty_settlementmonth_changelist"), {"month": month, "close": "1"}, follow=True)
    return response.content.decode()


def test_all_partners_of_a_month_and_one_of_them(finance: Client) -> None:
    make_partner("idle")
    html = page(finance, month="2026-03")
    for words in ("Bakery", "−₽340", "The operator", "draft"):
        assert words in html, words
    assert "Idle" not in html
    one = page(finance, month="2026-03", partner="bakery")
    for words in ("Issued 60 points", "Accepted 400 points", "The operator pays"):
        assert words in one, words
    assert "Issued 500 points" in page(finance, month="2026-03", partner="operator")


def test_the_number_of_queries_does_not_grow_with_partners(finance: Client, cast: Cast) -> None:
    with CaptureQueriesContext(connection) as few:
        page(finance, month="2026-03")
    for number in range(5):
        cast.partner = make_partner(f"shop-{number}")
        cast.buy("o1", "2026-03-02 12:00", "1000.00")
    with CaptureQueriesContext(connection) as many:
        page(finance, month="2026-03")
    assert len(few) == len(many)


def test_the_documents_as_a_file(finance: Client) -> None:
    where = reverse("admin:loyalty_settlementmonth_export", args=["bakery", "csv"])
    with time_machine.travel("2026-04-20T12:00:00Z"):
        response = finance.get(where, {"month": "2026-03"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(row["Document"], row["Points"]) for row in rows] == [("o1", "60"), ("o1", "-400")]
    assert finance.get(reverse("admin:loyalty_settlementmonth_export", args=["bakery", "pdf"])).status_code == 404
    assert finance.get(reverse("admin:loyalty_settlementmonth_export", args=["nobody", "csv"])).status_code == 404


def test_a_month_is_closed_once_it_is_over_and_the_log_says_by_whom(finance: Client) -> None:
    assert "Close the month" not in page(finance)
    assert "is not over yet" in close(finance, "2026-04")
    assert "Close the month" in page(finance, month="2026-03")
    assert "The month is closed." in close(finance, "2026-03")
    row = SettlementMonth.objects.get()
    assert (f"{row.month}", row.closed_by is not None, row.statements.count()) == ("2026-03-01", True, 2)
    assert "closed" in page(finance, month="2026-03")
    assert "Close the month" not in page(finance, month="2026-03")
    assert {entry.actor for entry in LogEntry.objects.get_for_object(row)} == {row.closed_by}


@pytest.mark.parametrize("role", [programme.SUPPORT, programme.MARKETING, programme.CATALOGUE_EDITOR])
def test_other_staff_see_no_statements(cast: Cast, role: str) -> None:
    client = staff_client(role)
    where = reverse("admin:loyalty_settlementmonth_changelist")
    assert client.get(where).status_code == 403
    assert client.post(where, {"month": "2026-03", "close": "1"}).status_code == 403
    assert client.get(reverse("admin:loyalty_settlementmonth_export", args=["bakery", "csv"])).status_code == 403
    assert not SettlementMonth.objects.exists()


def test_unknown_months_and_partners_are_not_found(finance: Client) -> None:
    where = reverse("admin:loyalty_settlementmonth_changelist")
    assert finance.get(where, {"month": "nonsense"}).status_code == 404
    assert finance.get(where, {"partner": "nobody"}).status_code == 404
