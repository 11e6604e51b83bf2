"""POST /orders/: what a till gets, repeats, conflicts, refusals."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.models import Entry, Order
from partners.models import CustomerNumber, Outlet
from partners.models.api_key import Scope
from tests.factories.loyalty import make_member, make_programme
from tests.factories.till import balance_of, code, give, make_holder, make_till, order

pytestmark = pytest.mark.django_db


def test_the_answer_says_what_was_earned_and_why() -> None:
    till = make_till(base="6", exclusions={("category", "tobacco"): "The law forbids it"})
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "640.00", {"name": "Smoke", "category": "tobacco", "quantity": 2, "price": "100.50"}, discount="84.10")
    answer = till.post("orders/", body)
    assert answer.status_code == 201, answer.content
    content = answer.json()
    # 84.10 spread over 640.00 and 201.00 is 64.00 and 20.10; 576.00 earns 6 %.
    assert content["accrual"]["points"] == 34
    assert content["accrual"]["explanation"]["eligible"] == "576.00"
    assert content["accrual"]["explanation"]["excluded"] == [{"name": "Smoke", "amount": "180.90", "reason": "The law forbids it"}]
    assert content["accrual"]["explanation"]["parts"] == [{"source": "base", "name": "", "pct": "6", "exact": "34.5600", "points": 34, "funder": "bakery"}]
    assert (content["total"], content["discount"], content["paid"]) == ("841.00", "84.10", "756.90")
    assert content["redemption"] == {"points": 0, "amount": "0.00"}
    assert content["balance"] == {"available": 0, "pending": 34, "held": 0, "debt": 0}
    assert content["accrual"]["available_at"] < content["accrual"]["expires_at"]


def test_a_price_is_of_one_unit_and_an_amount_of_the_line() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, {"price": 199.90, "quantity": "0.345"}, {"amount": 10, "quantity": 3})
    assert till.post("orders/", body).json()["total"] == "78.97"  # 68.9655 is 68.97


def test_a_known_order_is_200_and_another_content_409() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    first = till.post("orders/", body)
    again = till.post("orders/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"status": "unchanged"}
    other = till.post("orders/", body | {"discount": 1})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert other.headers["Content-Type"] == "application/problem+json"
    assert Order.objects.count() == 1


@pytest.mark.parametrize("name", ["card", "phone", "email", "external_id", "token"])
def test_a_member_is_named_in_five_ways(name: str) -> None:
    till = make_till()
    member, card = make_holder(phone="+79161234567", email="anna@example.org")
    CustomerNumber.objects.create(partner=till.partner, number="77", member=member)
    value = {"card": card.number, "phone": "+7 916 123-45-67", "email": "Anna@Example.org", "external_id": "77", "token": code(member)}[name]
    assert till.post("orders/", order("A-1", {name: value}, "100.00")).status_code == 201
    assert Order.objects.get().member == member


def test_another_partners_customer_number_names_nobody() -> None:
    till, other = make_till(), make_till(slug="chemist")
    CustomerNumber.objects.create(partner=other.partner, number="77", member=make_member())
    answer = till.post("orders/", order("A-1", {"external_id": "77"}, "100.00"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_member")


def test_a_blocked_card_is_refused_from_its_block_on() -> None:
    till = make_till()
    _member, card = make_holder()
    now = timezone.now()
    card.is_primary, card.blocked_at, card.block_reason = False, now - timedelta(hours=1), "lost"
    card.save()
    late = till.post("orders/", order("A-1", {"card": card.number}, "100.00", at=now - timedelta(hours=2)))
    refused = till.post("orders/", order("A-2", {"card": card.number}, "100.00"))
    assert late.status_code == 201
    assert refused.json()["code"] == "card_blocked"


def test_points_are_spent_with_the_code_on_the_phone() -> None:
    till = make_till()
    member, card = make_holder(points=300)
    by_card = till.post("orders/", order("A-1", {"card": card.number}, "500.00", redeem_points=200))
    assert (by_card.status_code, by_card.json()["code"]) == (422, "spend_needs_token")
    token = code(member)
    paid = till.post("orders/", order("A-2", {"token": token}, "500.00", redeem_points=200))
    assert paid.status_code == 201, paid.content
    assert paid.json()["redemption"] == {"points": 200, "amount": "200.00"}
    assert paid.json()["balance"]["available"] == 100
    assert till.post("orders/", order("A-3", {"token": token}, "100.00", redeem_points=1)).json()["code"] == "token_used"


def test_a_refused_spend_leaves_no_trace_and_the_code_good() -> None:
    till = make_till()
    member, _card = make_holder(points=100)
    token = code(member)
    body = order("A-1", {"token": token}, "500.00", redeem_points=200)
    refused = till.post("orders/", body, once="k")
    assert (refused.status_code, refused.json()["code"]) == (422, "insufficient_points")
    assert not Order.objects.exists()
    give(member, 100)
    assert till.post("orders/", body, once="k").status_code == 201


def test_a_repeat_is_recognised_after_its_code_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    till = make_till()
    member, _card = make_holder(points=300)
    body = order("A-1", {"token": code(member)}, "500.00", redeem_points=200)
    assert till.post("orders/", body).status_code == 201
    later = timezone.now() + timedelta(minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert till.post("orders/", body).status_code == 200
    assert Entry.objects.filter(kind="redemption").count() == 1


def test_at_most_the_partners_share_is_paid_with_points() -> None:
    till = make_till(spendable_pct=30)
    make_programme(spend_requires="card")
    _member, card = make_holder(points=1000)
    refused = till.post("orders/", order("A-1", {"card": card.number}, "100.00", redeem_points=31))
    assert (refused.status_code, refused.json()["code"]) == (422, "spend_above_share")
    assert balance_of(till, card)["available"] == 1000


def test_spending_needs_its_own_scope() -> None:
    till = make_till(scopes=[Scope.ORDERS_WRITE])
    member, card = make_holder(points=100)
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00")).status_code == 201
    refused = till.post("orders/", order("A-2", {"token": code(member)}, "100.00", redeem_points=1))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


def test_an_outlet_is_the_partners_own() -> None:
    till, other = make_till(), make_till(slug="chemist")
    _member, card = make_holder()
    for partner in (till.partner, other.partner):
        Outlet.objects.create(partner=partner, external_id=partner.slug, name="1", address="a", city="c", country="RU", lat=1, lng=1)
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00", outlet="chemist")).json()["code"] == "unknown_outlet"
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00", outlet="bakery")).status_code == 201


def test_an_order_captures_a_hold_and_frees_the_rest() -> None:
    till = make_till()
    member, card = make_holder(points=300)
    hold = till.post("holds/", {"member": {"token": code(member)}, "points": 200}).json()
    paid = till.post("orders/", order("A-1", {"card": card.number}, "500.00", hold=hold["id"], redeem_points=150))
    assert paid.status_code == 201, paid.content
    assert paid.json()["redemption"]["points"] == 150
    assert paid.json()["balance"] | {"pending": 0} == {"available": 150, "pending": 0, "held": 0, "debt": 0}
    again = till.post("orders/", order("A-2", {"card": card.number}, "500.00", hold=hold["id"]))
    assert (again.status_code, again.json()["code"]) == (409, "hold_captured")


def test_the_same_id_at_another_partner_is_another_order() -> None:
    till, other = make_till(), make_till(slug="chemist")
    _member, card = make_holder()
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00")).status_code == 201
    assert other.post("orders/", order("A-1", {"card": card.number}, "200.00")).status_code == 201


def test_one_order_costs_a_fixed_number_of_queries(django_assert_max_num_queries: object) -> None:
    till = make_till()
    _member, card = make_holder()
    till.post("orders/", order("A-0", {"card": card.number}, "100.00"))
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        till.post("orders/", order("A-1", {"card": card.number}, *["100.00"] * 50), once="k")
