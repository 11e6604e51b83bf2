"""/orders/<id>/."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from partners.models import Partner
from tests.factories.cabinet import bring_back, buy, make_login
from tests.factories.loyalty import make_partner, moment
from tests.loyalty.views.pages import text


def test_an_order_shows_receipt_points_and_returns(client: Client, member: Member, bakery: Partner) -> None:
    order = buy(member, bakery, "A-17", moment("2026-11-20 09:30"), ("Bread", "400.00"), ("Cake", "600.00")).record
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Cake", "600.00"), original="A-17")
    assert order is not None
    page = text(client.get(f"/orders/{order.pk}/"))
    assert "Bakery 20 November, 09:30" in page
    assert "Bread ₽400 Cake ₽600 Total ₽1,000" in page
    assert "Came on 27 November +100" in page
    assert "Receipt number A-17" in page
    assert "Cake ₽600 Total ₽600 Points The order earned +100 What is left of it earns 40 To be taken back −60" in page


def test_another_members_order_is_404_like_one_that_does_not_exist(client: Client, bakery: Partner) -> None:
    other = make_login("boris@example.org")
    order = buy(other, bakery, "A", moment("2026-11-20 09:30"), ("Secret", "400.00")).record
    assert order is not None
    found, missing = client.get(f"/orders/{order.pk}/"), client.get(f"/orders/{order.pk + 1000}/")
    assert (found.status_code, missing.status_code) == (404, 404)
    assert text(found) == text(missing)
    assert "Secret" not in text(found)


def test_returns_and_lines_cost_no_further_queries(client: Client, member: Member, bakery: Partner) -> None:
    small = buy(member, bakery, "A", moment("2026-11-20 09:30"), ("Bread", "400.00"), ("Tea", "10.00")).record
    large = buy(member, bakery, "B", moment("2026-11-20 09:30"), *[(f"Cake {n}", "100.00") for n in range(40)]).record
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Bread", "400.00"), original="A")
    for n in range(10):
        bring_back(member, bakery, f"R{n}", moment("2026-11-21 09:00"), (f"Cake {n}", "100.00"), original="B")
    assert small is not None
    assert large is not None
    counts = []
    for order in (small, large):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/orders/{order.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_order_that_earned_nothing_waits_for_nothing(client: Client, member: Member) -> None:
    order = buy(member, make_partner("free", base="0"), "A", moment("2026-11-27 09:00")).record
    assert order is not None
    page = text(client.get(f"/orders/{order.pk}/"))
    assert "no points Receipt" in page
    assert "waits until" not in page
