"""The same call twice has one effect and one answer; refusals can be repeated."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from loyalty.domain.till import Answer, answer_once, purge_answers
from loyalty.models import Entry, Hold, Order, StoredAnswer
from tests.factories.loyalty import make_partner, make_programme
from tests.factories.till import code, give, make_holder, make_till, order

pytestmark = pytest.mark.django_db


def test_the_first_answer_comes_again_byte_for_byte() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    first, again = till.post("orders/", body, once="k"), till.post("orders/", body, once="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("path", ["returns/", "holds/", "quotes/", "members/", "orders/A-1/returns/"])
def test_every_post_knows_its_key(path: str) -> None:
    till = make_till()
    member, card = make_holder(points=100)
    till.post("orders/", order("A-1", {"card": card.number}, "100.00"))
    back = {"external_id": "R-1", "occurred_at": timezone.now().isoformat(), "amount": "10.00"}
    body: dict[str, Any] = {
        "returns/": back | {"member": {"card": card.number}},
        "orders/A-1/returns/": back,
        "holds/": {"member": {"token": code(member)}, "points": 10},
        "quotes/": {"lines": [{"amount": "1.00"}]},
        "members/": {"phone": "+79161112233", "consent_version": "1"},
    }[path]
    first, again = till.post(path, body, once="k"), till.post(path, body, once="k")
    assert first.status_code in (200, 201), first.content
    assert (again.status_code, again.content, again.headers.get("Idempotent-Replayed")) == (first.status_code, first.content, "true")


def test_a_key_with_another_body_or_call_is_422() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    till.post("orders/", body, once="k")
    for path, other in (("orders/", body | {"external_id": "A-2"}), ("orders/batch/", {"orders": [body]})):
        answer = till.post(path, other, once="k")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Order.objects.count() == 1


def test_keys_of_partners_are_apart() -> None:
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    assert [make_till(slug=slug).post("orders/", body, once="k").status_code for slug in ("bakery", "chemist")] == [201, 201]


def test_a_refusal_is_not_stored() -> None:
    till = make_till()
    member, _card = make_holder(points=10)
    body = {"member": {"token": code(member)}, "points": 20}
    assert till.post("holds/", body, once="k").status_code == 422
    assert not StoredAnswer.objects.exists()
    give(member, 10)
    assert till.post("holds/", body, once="k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "ключ"])
def test_a_key_is_short_and_ascii(key: str) -> None:
    till = make_till()
    answer = till.client.post(
        "/api/v1/quotes/", {"lines": [{"amount": 1}]}, content_type="application/json", HTTP_AUTHORIZATION=f"Api-Key {till.key}", HTTP_IDEMPOTENCY_KEY=key
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_an_answer_is_kept_for_30_days() -> None:
    partner = make_partner()
    start = timezone.now()
    calls = iter(("first", "second", "third"))

    def ask(now: Any, mark: str = "m") -> tuple[str, bool]:
        answer, repeated = answer_once(partner_id=partner.pk, key="k", fingerprint=mark, now=now, act=lambda: Answer(200, next(calls)))
        return answer.body, repeated

    assert ask(start) == ("first", False)
    assert ask(start + timedelta(days=30, seconds=-1)) == ("first", True)
    assert ask(start + timedelta(days=30), "other") == ("second", False)
    assert ask(start + timedelta(days=59), "other") == ("second", True)
    assert purge_answers(now=start + timedelta(days=59)) == 0
    assert purge_answers(now=start + timedelta(days=60)) == 1
    assert not StoredAnswer.objects.exists()


def test_what_fails_takes_its_claim_along() -> None:
    partner = make_partner()

    def fail() -> Answer:
        raise RuntimeError("the till's cable was pulled")

    with pytest.raises(RuntimeError):
        answer_once(partner_id=partner.pk, key="k", fingerprint="m", now=timezone.now(), act=fail)
    assert not StoredAnswer.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_64_calls_with_one_key_have_one_effect() -> None:
    till = make_till()
    make_programme(spend_requires="card")
    _member, card = make_holder(points=10_000)

    def place(key: str) -> tuple[int, str]:
        try:
            answer = till.__class__(till.partner, till.key).post("holds/", {"member": {"card": card.number}, "points": 1}, once=key)
            return answer.status_code, answer.content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(place, [f"k{n // 64}" for n in range(4 * 64)]))
    assert Hold.objects.count() == 4
    assert {status for status, _body in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_call_in_flight_is_409_after_a_while() -> None:
    till = make_till()
    _member, card = make_holder()
    body = order("A-1", {"card": card.number}, "100.00")
    claimed, done = threading.Event(), threading.Event()

    def first() -> None:
        try:
            with transaction.atomic():
                answer_once(partner_id=till.partner.pk, key="k", fingerprint="m", now=timezone.now(), act=lambda: Answer(200, "{}"))
                claimed.set()
                done.wait(30)
        finally:
            connections.close_all()

    other = threading.Thread(target=first)
    other.start()
    try:
        assert claimed.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        answer = till.post("orders/", body, once="k")
        assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (409, "call_in_flight", "1")
        assert not Entry.objects.exists()
    finally:
        done.set()
        other.join()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
