"""/ for members."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.enums import EntryKind
from loyalty.models import Programme
from partners.models import Partner
from tests.factories.cabinet import bring_back, buy, many_sales, signed_in
from tests.factories.loyalty import make_partner, make_programme, moment
from tests.loyalty.views.pages import raw, text


def welcome(member: Member, programme: Programme, points: int, when: str) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=points, programme=programme, now=moment(when), key=f"w{member.pk}{when}")


def test_the_pass_shows_balance_worth_and_card(client: Client, member: Member, programme: Programme) -> None:
    welcome(member, programme, 3240, "2026-11-01 09:00")
    page = text(client.get("/"))
    assert "3,240 points" in page
    assert "That is ₽3,240 off" in page
    assert "1 point = ₽1, up to half of an order can be paid with them" in page
    number = member.cards.get().number
    assert " ".join(number[place : place + 4] for place in (0, 4, 8, 12)) in page
    assert 'class="qr"' in raw(client.get("/"))


def test_russian_numbers_and_plurals(member: Member, programme: Programme) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    welcome(member, programme, 3241, "2026-11-01 09:00")
    response = signed_in(member).get("/")
    assert "3\u00a0241" in response.content.decode()
    assert "3 241 балл Это 3 241 ₽ скидки" in text(response)


def test_pending_and_expiring_name_their_next_date_and_lead_to_all_dates(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    welcome(member, programme, 410, "2025-12-05 09:00")
    buy(member, bakery, "A", moment("2026-11-26 09:00"))
    buy(member, bakery, "B", moment("2026-11-27 09:00"), ("Tea", "400.00"))
    page = text(client.get("/"))
    assert "Pending 140 +100, 3 December All dates" in page
    assert "Expire soon 410 5 December. Enough for an order from ₽820 All dates" in page
    assert '"/history/?kind=pending"' in raw(client.get("/"))
    dates = text(client.get("/history/?kind=pending"))
    assert "When points come 3 December +100 4 December +40" in dates
    assert "When points expire 5 December 410" in text(client.get("/history/?kind=expired"))


def test_debt_and_held_points_are_told_in_words(client: Client, member: Member, programme: Programme, bakery: Partner, now: datetime) -> None:
    buy(member, bakery, "A", moment("2026-11-01 09:00"))
    buy(member, bakery, "B", moment("2026-11-10 09:00"), redeem=100)
    bring_back(member, bakery, "R", moment("2026-11-11 09:00"), ("Bread", "1000.00"), original="A")
    assert "You owe 10 points" in text(client.get("/"))
    welcome(member, programme, 60, "2026-11-28 11:00")
    ledger.place_hold(member_id=member.pk, points=50, ttl=timedelta(hours=1), now=now)
    page = text(client.get("/"))
    assert "50 points set aside at a till" in page
    assert "You owe" not in page


def test_a_newcomer_is_told_what_comes_next(client: Client) -> None:
    page = text(client.get("/"))
    assert "Your points will appear here Show the card at your first purchase. The points will come in 7 days" in page
    assert "Latest operations" not in page


def test_latest_operations_and_savings(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    welcome(member, programme, 500, "2026-11-01 09:00")
    buy(member, bakery, "A", moment("2026-11-20 09:00"), ("Cake", "640.00"), redeem=300)
    page = text(client.get("/"))
    assert "Bakery 20 November, ₽640 −300 +34 credited" in page
    assert "Welcome points 1 November +500" in page
    assert "Saved ₽300 with points at tills since November 2026" in page
    assert "By year: 2026 — ₽300" in raw(client.get("/"))


@pytest.mark.parametrize("operations", [0, 1, 5000])
def test_at_most_12_queries_whatever_the_history(client: Client, member: Member, bakery: Partner, operations: int) -> None:
    if operations:
        many_sales(member, bakery, operations, since=moment("2023-12-01 00:00"), until=moment("2026-11-28 12:00"))
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert len(queries) == 7


def test_debt_and_holds_cost_no_more_than_12_queries(client: Client, member: Member, programme: Programme, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-01 09:00"))
    buy(member, bakery, "B", moment("2026-11-10 09:00"), redeem=100)
    bring_back(member, bakery, "R", moment("2026-11-11 09:00"), ("Bread", "1000.00"), original="A")
    many_sales(member, make_partner("free", base="0"), 50, since=moment("2026-11-12 09:00"), until=moment("2026-11-28 09:00"))
    with CaptureQueriesContext(connection) as queries:
        assert "You owe" in text(client.get("/"))
    assert len(queries) <= 12


def test_private_pages_are_kept_out_of_caches_and_indexes(client: Client, member: Member, bakery: Partner) -> None:
    order = buy(member, bakery, "A", moment("2026-11-20 09:00")).record
    assert order is not None
    for address in ("/", "/history/", "/card/", f"/orders/{order.pk}/"):
        response = client.get(address)
        assert response["X-Robots-Tag"] == "noindex", address
        assert {"no-store", "private"} <= {part.strip() for part in response["Cache-Control"].split(",")}, address


@pytest.mark.parametrize("address", ["/history/", "/card/", "/orders/1/"])
def test_visitors_are_sent_to_the_log_in_and_back(visitor: Client, address: str) -> None:
    response = visitor.get(address)
    assert response.status_code == 302
    assert response["Location"].endswith(f"?next={address}")


def test_only_reading_is_allowed(client: Client) -> None:
    for address in ("/", "/history/", "/card/"):
        assert client.post(address).status_code == 405, address


def test_a_member_whose_card_is_blocked_still_has_a_home(client: Client, member: Member) -> None:
    member.cards.update(is_primary=False)
    assert "Card number" not in text(client.get("/"))
    assert "There is no card for the till" in text(client.get("/card/"))


def test_other_point_values_and_shares(client: Client, member: Member) -> None:
    programme = make_programme(point_value="0.125", spendable_share="30", currency="EUR")
    welcome(member, programme, 8, "2026-11-01 09:00")
    page = text(client.get("/"))
    assert "That is €1 off 1 point = €0.125, up to 30% of an order can be paid with them" in page
