"""Returns of known orders and of purchases the programme doesn't know."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty.models import Return
from tests.factories.till import Till, code, make_holder, make_till, order

pytestmark = pytest.mark.django_db


def _return(external_id: str, **what: Any) -> dict[str, Any]:
    return {"external_id": external_id, "occurred_at": timezone.now().isoformat(), **what}


@pytest.fixture
def till() -> Till:
    return make_till()


def test_partial_returns_take_back_what_the_goods_earned(till: Till) -> None:
    _member, card = make_holder()
    till.post("orders/", order("A-1", {"card": card.number}, "105.00", "94.00"))
    first = till.post("orders/A-1/returns/", _return("R-1", lines=[{"sku": "S0", "amount": "105.00"}]))
    assert first.status_code == 201, first.content
    content = first.json()
    # 199.00 earned 19; 94.00 would earn 9.
    assert (content["due"], content["taken"], content["expired"], content["forgiven"], content["given_back"]) == (10, 10, 0, 0, 0)
    assert (content["order"], content["total"], content["balance"]["pending"]) == ("A-1", "105.00", 9)
    rest = till.post("orders/A-1/returns/", _return("R-2", amount="94.00")).json()
    assert (rest["due"], rest["balance"]["pending"]) == (9, 0)
    above = till.post("orders/A-1/returns/", _return("R-3", amount="0.01"))
    assert (above.status_code, above.json()["code"]) == (422, "return_above_order")


def test_a_repeat_is_200_and_another_content_409(till: Till) -> None:
    _member, card = make_holder()
    till.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    body = _return("R-1", amount="40.00")
    first, again = till.post("orders/A-1/returns/", body), till.post("orders/A-1/returns/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"status": "unchanged"}
    assert till.post("orders/A-1/returns/", body | {"amount": "41.00"}).json()["code"] == "conflict"
    assert Return.objects.count() == 1


def test_points_that_paid_come_back(till: Till) -> None:
    member, _card = make_holder(points=100)
    till.post("orders/", order("A-1", {"token": code(member)}, "200.00", redeem_points=100))
    content = till.post("orders/A-1/returns/", _return("R-1", amount="100.00")).json()
    assert (content["due"], content["given_back"], content["balance"]["available"]) == (5, 50, 50)


def test_an_unknown_or_foreign_order_is_404(till: Till) -> None:
    other = make_till(slug="chemist")
    _member, card = make_holder()
    other.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    answer = till.post("orders/A-1/returns/", _return("R-1", amount="1.00"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_order")
    assert not Return.objects.exists()


def test_an_id_with_a_slash_finds_its_order(till: Till) -> None:
    _member, card = make_holder()
    till.post("orders/", order("2026/11/ЧЕК 7", {"card": card.number}, "100.00"))
    assert till.post("orders/2026%2F11%2FЧЕК 7/returns/", _return("R-1", amount="1.00")).status_code == 201


def test_a_return_of_an_unknown_purchase_takes_what_the_money_would_have_earned(till: Till) -> None:
    _member, card = make_holder(points=3)
    answer = till.post("returns/", _return("R-1", amount="50.00", member={"card": card.number}))
    assert answer.status_code == 201, answer.content
    content = answer.json()
    assert (content["order"], content["due"], content["taken"], content["balance"]["available"], content["balance"]["debt"]) == (None, 5, 5, 0, 2)
    unknown = till.post("returns/", _return("R-2", amount="50.00", member={"phone": "+79990000000"}))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_member")


def test_a_return_is_not_dated_before_its_order(till: Till) -> None:
    _member, card = make_holder()
    till.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    early = _return("R-1", amount="1.00") | {"occurred_at": (timezone.now() - timedelta(days=1)).isoformat()}
    assert till.post("orders/A-1/returns/", early).json()["code"] == "return_before_order"


@pytest.mark.parametrize("what", [{}, {"amount": "1.00", "lines": [{"amount": "1.00"}]}, {"amount": 0}, {"lines": [{"amount": 0}]}])
def test_lines_or_an_amount_say_what_came_back(till: Till, what: dict[str, Any]) -> None:
    _member, card = make_holder()
    till.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    assert till.post("orders/A-1/returns/", _return("R-1", **what)).json()["errors"][0]["field"] == "lines"
