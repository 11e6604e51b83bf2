"""A quote says what the order would do, and writes nothing."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.factories.loyalty import make_programme
from tests.factories.till import make_holder, make_till, order

pytestmark = pytest.mark.django_db


def _counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for name in ("loyalty", "partners", "quests") for model in apps.get_app_config(name).get_models()}


def test_a_quote_names_points_share_and_dates_and_writes_nothing() -> None:
    till = make_till(base="5", spendable_pct=30)
    _member, card = make_holder(points=200)
    before = _counts()
    body = {"lines": [{"amount": "1000.00"}], "member": {"card": card.number}}
    answer = till.post("quotes/", body)
    assert answer.status_code == 200, answer.content
    quote = answer.json()
    assert (quote["payable"], quote["accrual"]["points"], quote["most"]) == ("1000.00", 50, {"points": 200, "amount": "200.00"})
    assert (quote["spend_requires"], quote["balance"]["available"]) == ("token", 200)
    nobody = till.post("quotes/", {"lines": [{"amount": "1000.00"}]}).json()
    assert (nobody["most"]["points"], nobody["balance"]) == (300, None)
    assert _counts() == before


def test_a_quote_refuses_what_an_order_would() -> None:
    till = make_till(spendable_pct=30)
    _member, card = make_holder(points=20)
    for points, code in ((31, "spend_above_share"), (25, "insufficient_points")):
        answer = till.post("quotes/", {"lines": [{"amount": "100.00"}], "redeem_points": points, "member": {"card": card.number}})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert till.post("quotes/", {"lines": [{"amount": "1.00"}], "discount": "1.01"}).json()["code"] == "discount_above_total"


_money = st.decimals(min_value=0, max_value=9999, places=2).map(lambda value: f"{Decimal(value):.2f}")


@given(amounts=st.lists(_money, min_size=1, max_size=4), part=st.integers(0, 100), points=st.integers(0, 100), category=st.sampled_from(["", "tobacco"]))
@examples(25)
def test_an_order_does_what_its_quote_said(db: Any, amounts: list[str], part: int, points: int, category: str) -> None:
    till = make_till(base="7.5", slug=f"p-{uuid4()}", exclusions={("category", "tobacco"): "no"})
    make_programme(spend_requires="card", spendable_share=100, rounding="half_up")
    _member, card = make_holder(points=100_000)
    total = sum(map(Decimal, amounts))
    lines = [{"amount": amount, "category": category if place == 0 else ""} for place, amount in enumerate(amounts)]
    purchase = {"discount": f"{total * part / 200:.2f}", "redeem_points": min(points, int(total / 2))}
    quote = till.post("quotes/", {"lines": lines, "member": {"card": card.number}, **purchase}).json()
    made = till.post("orders/", order("A-1", {"card": card.number}, *lines, **purchase)).json()
    assert made["accrual"]["explanation"] == quote["accrual"]["explanation"]
    assert made["redemption"] == quote["redemption"]
