"""Somebody keeps a member locked for longer than `lock_timeout`: tills hear 503 with Retry-After, a file comes again by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Card, Member
from loyalty.domain.orders import loading
from loyalty.domain.verify import verify
from loyalty.models import Entry, Event, Hold, Order, StoredAnswer, UsedSpendToken
from tests.factories.loyalty import make_programme
from tests.factories.till import Till, code, give, make_holder, make_till, order

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def holder() -> tuple[Member, Card]:
    make_programme()
    return make_holder(points=500)


@pytest.fixture
def till() -> Till:
    """Sees what a till sees: an answer, not the exception behind it."""
    made = make_till()
    made.client = Client(raise_request_exception=False)
    return made


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """A lock is waited for 100 ms instead of three seconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")


@contextmanager
def kept_locked(member: Member) -> Iterator[Callable[[], None]]:
    """Another connection holds the member's row; call what is given to let go."""
    locked, let_go, gone = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Member.objects.select_for_update().get(pk=member.pk)
                locked.set()
                let_go.wait(60)
        finally:
            connection.close()
            gone.set()

    other = threading.Thread(target=hold)
    other.start()

    def release() -> None:
        let_go.set()
        assert gone.wait(60)

    try:
        assert locked.wait(60)
        yield release
    finally:
        let_go.set()
        other.join()


def written() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in (Entry, Order, Hold, Event, StoredAnswer, UsedSpendToken)}


@pytest.mark.parametrize("what", ["order", "order that spends", "batch", "hold", "return", "unknown return", "capture", "release"])
def test_a_till_is_told_when_to_ask_again_and_then_succeeds(till: Till, holder: tuple[Member, Card], what: str) -> None:
    member, card = holder
    assert till.post("orders/", order("A-0", {"card": card.number}, "100.00")).status_code == 201
    hold = till.post("holds/", {"member": {"token": code(member)}, "points": 10}).json()["id"]
    now = order("x", {})["occurred_at"]
    path, body = {
        "order": ("orders/", order("A-1", {"card": card.number}, "100.00")),
        "order that spends": ("orders/", order("A-1", {"token": code(member)}, "100.00", redeem_points=5)),
        "batch": ("orders/batch/", {"orders": [order("A-1", {"card": card.number}, "100.00")]}),
        "hold": ("holds/", {"member": {"token": code(member)}, "points": 5}),
        "return": ("orders/A-0/returns/", {"external_id": "R-1", "occurred_at": now, "amount": "10.00"}),
        "unknown return": ("returns/", {"external_id": "R-1", "occurred_at": now, "amount": "10.00", "member": {"card": card.number}}),
        "capture": (f"holds/{hold}/capture/", {}),
        "release": (f"holds/{hold}/release/", {}),
    }[what]
    before = written()
    with kept_locked(member) as let_go:
        busy = till.post(path, body, once="k")
        assert (busy.status_code, busy.json()["code"]) == (503, "unavailable"), busy.content
        assert busy.headers["Content-Type"] == "application/problem+json"
        assert int(busy.headers["Retry-After"]) >= 1
        assert written() == before, "a call that couldn't be served leaves no trace"
        let_go()
        again = till.post(path, body, once="k")
    assert again.status_code in (200, 201), again.content
    assert "Idempotent-Replayed" not in again.headers
    assert till.post(path, body, once="k").headers["Idempotent-Replayed"] == "true"
    assert list(verify(now=timezone.now())) == []


def test_look_ups_and_quotes_wait_for_nobody(till: Till, holder: tuple[Member, Card]) -> None:
    member, card = holder
    with kept_locked(member):
        assert till.get(f"members/{card.number}/").status_code == 200
        assert till.post("quotes/", {"member": {"card": card.number}, "lines": [{"amount": "10.00"}]}).status_code == 200


def _file(folder: Path, card: Card, rows: int) -> Path:
    path = folder / "orders.csv"
    lines = [f"F-{n},{card.number},2026-03-01T10:{n:02}:00+03:00,100.00" for n in range(rows)]
    path.write_text("\n".join(["order_id,member,occurred_at,amount", *lines]) + "\n")
    return path


def _load(path: Path) -> str:
    out = StringIO()
    call_command("import_orders", path, partner="bakery", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_an_import_tries_its_chunk_again_until_the_member_is_free(
    till: Till, holder: tuple[Member, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, card = holder
    tries: list[str] = []
    post_once = loading._post_once
    monkeypatch.setattr(loading, "_CHUNK", 4)
    with kept_locked(member) as let_go:

        def watched(*args: Any, **kwargs: Any) -> Any:
            try:
                done = post_once(*args, **kwargs)
            except Exception as error:
                tries.append(str(getattr(error.__cause__, "sqlstate", error)))
                if len(tries) == 2:
                    let_go()
                raise
            tries.append("posted")
            return done

        monkeypatch.setattr(loading, "_post_once", watched)
        said = _load(_file(tmp_path, card, 10))
    assert tries == ["55P03", "55P03", "posted", "posted", "posted"]
    assert "10 rows: 10 orders and 0 returns recorded, 0 known already, 0 rows rejected." in said
    assert Order.objects.count() == 10
    assert list(verify(now=timezone.now())) == []


def test_an_import_that_gives_up_says_so_and_goes_on_where_it_stopped(
    till: Till, holder: tuple[Member, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, card = holder
    _other, free = make_holder()
    path = _file(tmp_path, card, 6)
    text = path.read_text().splitlines()
    # The first chunk is somebody else's.
    path.write_text("\n".join([text[0], *(line.replace(card.number, free.number) for line in text[1:4]), *text[4:]]) + "\n")
    monkeypatch.setattr(loading, "_CHUNK", 3)
    with kept_locked(member), pytest.raises(CommandError, match=r"The database could not be had \(.*lock timeout.*\); 3 of 6 orders are posted and stay"):
        _load(path)
    assert Order.objects.count() == 3
    assert "3 orders and 0 returns recorded, 3 known already" in _load(path)
    assert list(verify(now=timezone.now())) == []


def test_a_grant_beside_it_is_not_held_up(till: Till, holder: tuple[Member, Card]) -> None:
    other, card = make_holder()
    with kept_locked(holder[0]):
        give(other, 5)
        assert till.post("orders/", order("A-9", {"card": card.number}, "10.00")).status_code == 201
