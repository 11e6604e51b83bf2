"""/me/: the signed-in member's own, and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories.accounts import MemberFactory, StaffFactory, sign_in
from tests.factories.till import give, make_till, order

pytestmark = pytest.mark.django_db


def _pages(client: Client, path: str) -> list[Any]:
    rows, url = [], path
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        url = answer.json()["next"]
    return rows


def test_members_read_their_own_points_entries_and_orders() -> None:
    me, other = MemberFactory(with_login=True), MemberFactory(with_login=True)
    till = make_till()
    for number, member in ((1, me), (2, other)):
        card = member.cards.get()
        answer = till.post("orders/", order(f"A-{number}", {"card": card.number}, "100.00"))
        assert answer.status_code == 201, answer.content
    client = sign_in(Client(), me)
    balance = client.get("/api/v1/me/balance/").json()
    assert (balance["available"], balance["pending"], balance["lifetime"]["earned"]) == (0, 10, 10)
    assert [day["points"] for day in balance["pending_by_date"]] == [10]
    assert [(entry["kind"], entry["points"], entry["partner"]) for entry in _pages(client, "/api/v1/me/entries/")] == [("accrual", 10, "bakery")]
    assert [(row["external_id"], row["paid"]) for row in _pages(client, "/api/v1/me/orders/")] == [("A-1", "100.00")]


def test_pages_follow_one_another_without_gaps() -> None:
    me = MemberFactory(with_login=True)
    till = make_till()
    now = timezone.now()
    card = me.cards.get()
    # Three at one instant: the id decides.
    moments = [now - timedelta(days=n // 3) for n in range(10)]
    till.post("orders/batch/", {"orders": [order(f"A-{n}", {"card": card.number}, "10.00", at=at) for n, at in enumerate(moments)]})
    client = sign_in(Client(), me)
    rows = _pages(client, "/api/v1/me/orders/?limit=3")
    assert sorted(row["external_id"] for row in rows) == sorted(f"A-{n}" for n in range(10))
    assert [row["occurred_at"] for row in rows] == sorted((row["occurred_at"] for row in rows), reverse=True)


@pytest.mark.parametrize("query", ["cursor=x", "cursor=1.2.3", "limit=0", "limit=201", "limit=x", "cursor=%00"])
def test_a_wrong_page_is_422(query: str) -> None:
    client = sign_in(Client(), MemberFactory(with_login=True))
    answer = client.get(f"/api/v1/me/entries/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.split("=")[0])


def test_a_list_costs_the_same_with_one_row_and_with_many(django_assert_num_queries: Any) -> None:
    me = MemberFactory(with_login=True)
    client = sign_in(Client(), me)
    give(me, 1)
    client.get("/api/v1/me/entries/")
    with django_assert_num_queries(4):
        client.get("/api/v1/me/entries/")
    for _ in range(10):
        give(me, 1)
    with django_assert_num_queries(4):
        assert len(client.get("/api/v1/me/entries/").json()["results"]) == 11


def test_a_log_in_without_a_card_is_404_and_nobody_401() -> None:
    staff = Client()
    staff.force_login(StaffFactory())
    assert (staff.get("/api/v1/me/balance/").status_code, staff.get("/api/v1/me/balance/").json()["code"]) == (404, "no_member")
    till = make_till()
    assert till.get("me/balance/").status_code == 401
    assert Client().get("/api/v1/me/balance/").status_code == 401
