"""Every address × every method × everybody, as the table in rules.py has it. An address without a rule fails."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.security.cast import CALLERS, KEYS, STAFF, World, client_of, make_world
from tests.security.rules import RULES, Rule, Who, rule_of

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Pages that are read by people: what they refuse is no problem+json.
_PAGES_OF_API = ("api/v1/schema/", "api/v1/docs/")
_REFUSALS = {"401", "403", "404", "405", "login", "home", "admin_login", "no"}
_LET_IN = {"200", "201", "302", "400", "409", "422", "admin_index"}
# A refusal may write who knocked, nothing else.
_MAY_WRITE = re.compile(r"\b(django_session|usersessions_\w+|zheton_cache|partners_apikey|accounts_ratelimit)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|TRUNCATE)\b", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    """What allauth's limits count in Redis isn't undone between two calls."""
    settings.ACCOUNT_RATE_LIMITS = False


def _routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _routes(one.url_patterns, prefix + str(one.pattern))
        else:
            assert isinstance(one, URLPattern)
            yield prefix + str(one.pattern)


ROUTES = list(dict.fromkeys(_routes(get_resolver().url_patterns)))
COVERED = [(route, rule) for route in ROUTES if (rule := rule_of(route))]

# The API by keys, the reports of mail and SMS services and one-click unsubscribing (RFC 8058) by signatures.
SIGNED_OTHERWISE = ("api/", "hooks/", "unsubscribe/")


def test_every_address_has_a_rule() -> None:
    missing = [f"  /{route}" for route in ROUTES if rule_of(route) is None]
    if missing:
        say = "a Rule in the list of its part of the site, or for the pages of a model in the admin a Page in ADMIN."
        pytest.fail("\n".join([f"Nobody has said who may call these. Add a line to tests/security/rules.py: {say}", *missing]), pytrace=False)


def test_every_rule_has_an_address() -> None:
    used = {rule.route for _route, rule in COVERED}
    assert not set(RULES) - used, "These rules of tests/security/rules.py belong to no address any more: remove them."


@pytest.fixture
def world() -> Iterator[World]:
    logging.disable(logging.CRITICAL)
    try:
        yield make_world()
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("caller", CALLERS)
def test_everybody_gets_what_the_table_says(world: World, caller: str) -> None:
    door = _Door(world, caller)
    wrong = [line for route, rule in COVERED if _asks(caller, route) for method in METHODS if (line := door.knock(route, rule, method))]
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} answers differ from the table in tests/security/rules.py:", *wrong]), pytrace=False)


def test_no_page_takes_a_form_without_its_token(world: World) -> None:
    """Keys and signatures carry no cookies and need none; everything else that a browser may post to does."""
    client = client_of("administrator", world)
    client.handler.enforce_csrf_checks = True
    taken = []
    for route, rule in COVERED:
        if not route.startswith(SIGNED_OTHERWISE):
            with _undone():
                answer = client.post(f"/{_path(route, rule, world)}")
            if answer.status_code not in (403, 405):
                taken.append(f"{route}: {answer.status_code}")
    assert taken == []


class _Door:
    """One caller knocking at addresses; each time afresh, and with everything undone afterwards."""

    def __init__(self, world: World, caller: str) -> None:
        self.world, self.caller = world, caller
        self._clients: dict[Any, tuple[Client, Any]] = {}

    def knock(self, route: str, rule: Rule, method: str) -> str:
        """What is wrong with the answer, in a line; empty if nothing is."""
        expected = _expected(rule, method, self.caller, in_admin=route.startswith("admin/"))
        if expected is None:
            return ""
        is_api = route.startswith("api/")
        body = rule.send(self.world) if rule.send and method == "POST" else {}
        form = json.dumps(body) if is_api else ""
        kind = "application/json" if is_api else "application/x-www-form-urlencoded"
        client = self._client(rule)
        written: list[str] = []
        with _undone(), _writes(written):
            answer = client.generic(method, f"/{_path(route, rule, self.world)}", form, content_type=kind)
        name = _name(answer)
        where = f"  {method} /{route} as {self.caller}"
        if not _fits(name, expected):
            return f"{where}: {name}, expected {' or '.join(sorted(expected))}"
        if written and expected <= _REFUSALS and name != "home":
            return f"{where} is refused ({name}) but writes: {written[0][:120]}"
        if is_api and route not in _PAGES_OF_API and answer.status_code >= 400 and answer.headers["Content-Type"] != "application/problem+json":
            return f"{where}: a refusal that is no problem+json"
        return ""

    def _client(self, rule: Rule) -> Client:
        # Only this key differs from call to call: it lacks what the call takes.
        lacks = rule.scope if self.caller == "key_without_scope" else None
        if lacks not in self._clients:
            client = client_of(self.caller, self.world, lacks)
            self._clients[lacks] = client, client.cookies.copy()
        client, cookies = self._clients[lacks]
        client.cookies = cookies.copy()
        return client


def _asks(caller: str, route: str) -> bool:
    """On pages a key is nobody, whichever it is: one of them tries."""
    return caller not in KEYS or caller == "own_key" or route.startswith("api/")


def _expected(rule: Rule, method: str, caller: str, *, in_admin: bool) -> set[str] | None:
    """The answers that are right; None where this caller needn't try."""
    named: dict[str, Who | None] = {"GET": rule.get, "POST": rule.post}
    if (answers := named.get(method)) is not None:
        return {answers[caller]}
    if in_admin and method not in named and caller not in ("anonymous", "member"):
        # The admin's door asks before any view does, and its views take what they don't know as GET.
        return None
    if in_admin and caller in STAFF:
        return None
    others = {answers[caller] for answers in named.values() if answers is not None}
    return others | {"405"} if rule.any_method else {one for one in others if one in _REFUSALS and one != "home"} | {"405"} | (others & {"home"})


def _fits(name: str, expected: set[str]) -> bool:
    return any(name == one or (one == "in" and name in _LET_IN) or (one == "no" and name in ("403", "admin_index")) for one in expected)


def _name(answer: HttpResponseBase) -> str:
    """The answer in the words of the table; "302" is a redirect to nowhere in particular."""
    if answer.status_code not in (301, 302):
        return str(answer.status_code)
    target = answer.headers["Location"].partition("?")[0]
    return {"/": "home", "/accounts/login/": "login", "/admin/login/": "admin_login", "/admin/": "admin_index"}.get(target, "302")


def _path(route: str, rule: Rule, world: World) -> str:
    if rule.at is not None:
        return rule.at.format(**world.names)
    if row := re.match(r"admin/(\w+)/(\w+)/<path:object_id>/", route):
        route = route.replace("<path:object_id>", world.any_id(".".join(row.groups())).replace("/", "_2F"))
    unknown = [name for name in re.findall(r"<\w+:(\w+)>", route) if name not in world.names]
    assert not unknown, f"What stands for {unknown} in /{route}? Say `at=` in its rule, with things of the cast (tests/security/cast.py, World.names)."
    return re.sub(r"<\w+:(\w+)>", lambda part: str(world.names[part[1]]), route)


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever the call does is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _writes(written: list[str]) -> Iterator[None]:
    """Collects what is written to tables that a refused call has no business with."""

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql) and not _MAY_WRITE.search(sql):
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
