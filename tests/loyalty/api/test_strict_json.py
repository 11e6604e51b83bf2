"""Whatever comes in the body: 4xx with a sentence, never 500, nothing written."""

import json
from typing import Any

import pytest

from loyalty.models import Order
from tests.factories.till import make_holder, make_till, order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("discount", "1.005"),
        ("discount", 1.005),
        ("discount", True),
        ("discount", -1),
        ("discount", 2**63),
        ("discount", "1e3"),
        ("discount", "١"),
        ("discount", [1]),
        ("discount", "1" * 5000),
        ("redeem_points", True),
        ("redeem_points", 1.5),
        ("redeem_points", 2**63),
        ("redeem_points", "5"),
        ("external_id", "a\0b"),
        ("external_id", "\ud800"),
        ("external_id", ""),
        ("external_id", "x" * 101),
        ("external_id", 17),
        ("occurred_at", "yesterday"),
        ("occurred_at", "2026-11-22"),
        ("occurred_at", "9999-12-31T23:59:59-12:00"),
        ("occurred_at", "0001-01-01T00:00:00+12:00"),
        ("occurred_at", "2126-01-01T00:00:00Z"),
        ("lines", []),
        ("lines", {}),
        ("lines", None),
        ("hold", "6"),
        ("hold", 6),
        ("hold", True),
        ("outlet", "\0"),
        ("redeem_point", 10),
        ("a\ud800", 1),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any) -> None:
    till = make_till()
    _member, card = make_holder()
    answer = till.post("orders/", order("A-1", {"card": card.number}, "10000.00") | {field: value})
    assert answer.status_code == 422, answer.content
    problem = answer.json()
    assert problem["code"] == "invalid"
    assert field.replace("\ud800", "?") in [error["field"] for error in problem["errors"]]
    assert all(error["detail"] for error in problem["errors"])
    assert not Order.objects.exists()


def test_a_wrong_line_is_named_by_its_path() -> None:
    till = make_till()
    body = order("A-1", {"card": "1234"}, "1.00", {"price": "2.00", "amount": "2.00"}, {"amount": "x", "prise": 1})
    errors = {error["pointer"]: error["detail"] for error in till.post("orders/", body).json()["errors"]}
    assert set(errors) == {"/member/card", "/lines/1/price", "/lines/2/amount", "/lines/2/prise"}
    assert "16 digits" in errors["/member/card"]


@pytest.mark.parametrize("member", [{}, {"card": "9040000000000000", "phone": "+79161234567"}, "9040", None, {"phone": "8916"}, {"email": "x"}])
def test_a_member_has_exactly_one_good_name(member: Any) -> None:
    till = make_till()
    answer = till.post("orders/", order("A-1", member, "1.00"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("member")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"discount": NaN}', 400),
        (b'{"discount": -Infinity}', 400),
        (b'{"discount": 1' + b"0" * 5000 + b"}", 400),
        (b'{"discount": 1e99999999999999999999}', 400),
        (b'{"discount": 1, "discount": 2}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
)
@pytest.mark.parametrize("path", ["orders/", "orders/batch/", "orders/A/returns/", "returns/", "quotes/", "holds/", "members/"])
def test_no_body_breaks_a_call(path: str, body: bytes, status: int) -> None:
    answer = make_till().post(path, body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_numbers_are_read_exactly() -> None:
    till = make_till()
    _member, card = make_holder()
    body = json.dumps(order("A-1", {"card": card.number}, {"amount": 0})).replace('"amount": 0', '"amount": 123456789012.10')
    assert till.post("orders/", body.encode()).json()["total"] == "123456789012.10"


def test_only_json_is_read() -> None:
    till = make_till()
    answer = till.client.post("/api/v1/orders/", {"external_id": "1"}, headers={"authorization": f"Api-Key {till.key}"})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_an_address_with_a_nul_is_unknown() -> None:
    till = make_till()
    assert till.post("orders/A%00/returns/", {}).status_code == 404
    assert till.get("members/%00/").status_code == 404
    assert till.get("partners/?q=%00").status_code == 422
