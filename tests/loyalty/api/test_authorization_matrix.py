"""Who may call what: every address of the API × every method × everybody. An address that isn't listed fails."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from loyalty.api import urls
from partners.domain import api_key
from partners.models import ApiKey
from partners.models.api_key import Scope
from tests.factories.accounts import MemberFactory, StaffFactory, sign_in
from tests.factories.till import Till, code, give, make_holder, make_till, order

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
CALLERS = ("anonymous", "member", "other_member", "staff", "own_key", "key_without_scope", "foreign_key", "revoked_key", "expired_key")
KEYLESS = ("anonymous", "member", "other_member", "staff")
BAD_KEYS = ("revoked_key", "expired_key")


@dataclass
class World:
    """Two partners, two members, an order and a hold of the first."""

    till: Till
    foreign: Till
    me: Any
    card: str
    hold: str


def keyed(*, good: int, foreign: int) -> dict[str, int]:
    """A call for keys with a scope: what the own and a foreign partner's key get; all others are refused."""
    return {**dict.fromkeys(KEYLESS + BAD_KEYS, 401), "own_key": good, "key_without_scope": 403, "foreign_key": foreign}


def for_members() -> dict[str, int]:
    """A call of the signed-in member; keys are nobody here, staff have no card."""
    return {**dict.fromkeys(CALLERS, 401), "member": 200, "other_member": 200, "staff": 404}


def for_everybody(status: int) -> dict[str, int]:
    """Open to all."""
    return dict.fromkeys(CALLERS, status)


def _now() -> str:
    return timezone.now().isoformat()


# name of the address → method → (path, body, scope that is left out, who gets what)
MATRIX: dict[str, dict[str, tuple[str, Callable[[World], Any] | None, Scope | None, dict[str, int]]]] = {
    "orders": {"post": ("orders/", lambda w: order("M-1", {"card": w.card}, "10.00"), Scope.ORDERS_WRITE, keyed(good=201, foreign=201))},
    "order_batch": {
        "post": ("orders/batch/", lambda w: {"orders": [order("M-2", {"card": w.card}, "10.00")]}, Scope.ORDERS_WRITE, keyed(good=200, foreign=200))
    },
    "order_returns": {
        "post": ("orders/A-1/returns/", lambda _w: {"external_id": "R-1", "occurred_at": _now(), "amount": 1}, Scope.ORDERS_WRITE, keyed(good=201, foreign=404))
    },
    "returns": {
        "post": (
            "returns/",
            lambda w: {"external_id": "R-2", "occurred_at": _now(), "amount": 1, "member": {"card": w.card}},
            Scope.ORDERS_WRITE,
            keyed(good=201, foreign=201),
        )
    },
    "quotes": {"post": ("quotes/", lambda _w: {"lines": [{"amount": 1}]}, Scope.ORDERS_WRITE, keyed(good=200, foreign=200))},
    "holds": {"post": ("holds/", lambda w: {"member": {"token": code(w.me)}, "points": 1}, Scope.POINTS_SPEND, keyed(good=201, foreign=201))},
    "hold": {"get": ("holds/{hold}/", None, Scope.POINTS_SPEND, keyed(good=200, foreign=404))},
    "hold_capture": {"post": ("holds/{hold}/capture/", lambda _w: {}, Scope.POINTS_SPEND, keyed(good=200, foreign=404))},
    "hold_release": {"post": ("holds/{hold}/release/", lambda _w: {}, Scope.POINTS_SPEND, keyed(good=200, foreign=404))},
    "members": {"post": ("members/", lambda _w: {"phone": "+79160000001", "consent_version": "1"}, Scope.ORDERS_WRITE, keyed(good=201, foreign=201))},
    "member": {"get": ("members/{card}/", None, Scope.MEMBERS_READ, keyed(good=200, foreign=200))},
    "partners": {"get": ("partners/", None, Scope.CATALOGUE_READ, keyed(good=200, foreign=200))},
    "partner": {"get": ("partners/bakery/", None, Scope.CATALOGUE_READ, keyed(good=200, foreign=200))},
    "outlets": {"get": ("outlets/", None, Scope.CATALOGUE_READ, keyed(good=200, foreign=200))},
    "my_balance": {"get": ("me/balance/", None, None, for_members())},
    "my_entries": {"get": ("me/entries/", None, None, for_members())},
    "my_orders": {"get": ("me/orders/", None, None, for_members())},
    "schema": {"get": ("schema/", None, None, for_everybody(200))},
    "docs": {"get": ("docs/", None, None, for_everybody(200))},
    "nothing": {method: (f"nothing-{uuid.UUID(int=1)}/", None, None, for_everybody(404)) for method in METHODS},
}
# Refused before anybody is asked who they are: a 405 says nothing that the schema doesn't.
_REFUSED_METHOD = (401, 403, 405)


@pytest.fixture
def world() -> World:
    till, foreign = make_till(), make_till(slug="chemist")
    member = MemberFactory(with_login=True)
    _other, card = make_holder(points=100)
    card.member, card.is_primary = member, False
    card.save()
    give(member, 100)
    assert till.post("orders/", order("A-1", {"card": card.number}, "100.00")).status_code == 201
    hold = till.post("holds/", {"member": {"token": code(member)}, "points": 10}).json()["id"]
    return World(till, foreign, member, card.number, hold)


def _client(caller: str, world: World, without: Scope | None) -> Client:
    if caller in KEYLESS:
        client = Client()
        if caller == "staff":
            client.force_login(StaffFactory())
        elif caller != "anonymous":
            sign_in(client, world.me if caller == "member" else MemberFactory(with_login=True))
        return client
    partner = world.foreign.partner if caller == "foreign_key" else world.till.partner
    scopes = [scope for scope in Scope.values if caller != "key_without_scope" or scope != without]
    past = timezone.now() - timedelta(seconds=1)
    key, text = api_key.create(partner=partner, name=caller, scopes=scopes, expires_at=past if caller == "expired_key" else None)
    if caller == "revoked_key":
        api_key.revoke(ApiKey.objects.get(pk=key.pk))
    return Client(headers={"authorization": f"Api-Key {text}"})


def _call(client: Client, method: str, path: str, body: Any) -> Any:
    return (
        getattr(client, method)(f"/api/v1/{path}", json.dumps(body) if body is not None else None, content_type="application/json")
        if method != "get"
        else client.get(f"/api/v1/{path}")
    )


def test_every_address_of_the_api_is_listed() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(MATRIX)
    assert all(isinstance(pattern, URLPattern) for pattern in urls.urlpatterns)
    mounted = [str(one.pattern) for one in get_resolver().url_patterns if getattr(one, "app_name", None) == "api"]
    assert mounted == ["api/v1/"]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("name", "method"), [(name, method) for name, methods in MATRIX.items() for method in methods])
def test_who_may_call_it(world: World, name: str, method: str, caller: str) -> None:
    path, body, scope, expected = MATRIX[name][method]
    client = _client(caller, world, scope)
    answer = _call(client, method, path.format(hold=world.hold, card=world.card), body(world) if body else None)
    assert answer.status_code == expected[caller], answer.content
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("caller", ["anonymous", "member", "own_key", "foreign_key"])
def test_a_method_that_is_not_listed_does_nothing(world: World, caller: str) -> None:
    client = _client(caller, world, None)
    for name, methods in MATRIX.items():
        path = next(iter(methods.values()))[0].format(hold=world.hold, card=world.card)
        for method in METHODS:
            if method not in methods:
                answer = _call(client, method, path, {})
                assert answer.status_code in _REFUSED_METHOD, (name, method, answer.content)
