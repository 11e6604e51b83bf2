"""/card/pay/ : the one-time code on the phone."""

import re
from datetime import datetime, timedelta

import pytest
import segno
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import ledger, till
from loyalty.enums import EntryKind, SpendLock
from loyalty.models import Programme, UsedSpendToken
from loyalty.views import codes
from partners.models import Partner
from tests.factories.cabinet import make_login, many_sales, signed_in
from tests.loyalty.views.pages import raw, text

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def rich(member: Member, programme: Programme, now: datetime) -> Member:
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=20_000, programme=programme, now=now, key=None)
    return member


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the codes that pages show."""
    shown: list[str] = []
    draw = codes.qr

    def note(text: str, *, named: bool = True) -> object:
        shown.append(text)
        return draw(text, named=named)

    monkeypatch.setattr(codes, "qr", note)
    return shown


def test_the_page_shows_a_fresh_code_of_the_member(client: Client, rich: Member, now: datetime, issued: list[str]) -> None:
    page = client.get("/card/pay/")
    assert page.status_code == 200
    token = till.read_code(issued[0], now=now)
    assert (token.member_id, token.expires_at) == (rich.pk, now + timedelta(seconds=60))
    assert 'data-seconds="60"' in raw(page)
    assert "The code serves once, until 12:01:00" in text(page)
    assert "Can be spent today 10,000 points Available 20,000 points" in text(page)
    assert not UsedSpendToken.objects.exists()


def test_the_code_is_drawn_as_a_qr_that_says_the_token(client: Client, rich: Member, issued: list[str]) -> None:
    page = raw(client.get("/card/pay/"))
    size = len(list(segno.make_qr(issued[0], error="m").matrix))
    # 60 digits need 25 × 25 modules: large ones on a phone.
    assert size == 25
    assert f'viewBox="0 0 {size} {size}"' in page
    assert issued[0] not in page
    assert 'role="img" aria-label="QR code for spending points"' in page


def test_the_script_gets_the_code_alone(client: Client, rich: Member, issued: list[str]) -> None:
    fragment = raw(client.get("/card/pay/", headers=FRAGMENT))
    assert "data-code" in fragment
    assert "<html" not in fragment
    client.get("/card/pay/")
    assert len(set(issued)) == 2


def test_without_scripts_a_link_gives_the_next_code(client: Client, rich: Member) -> None:
    page = raw(client.get("/card/pay/"))
    assert re.search(r'<a class="btn btn-line" href="/card/pay/" data-renew>', page)
    assert '<noscript><a class="more" href="/spend/pending/">' in page


def test_nothing_keeps_a_code(client: Client, rich: Member) -> None:
    for headers in ({}, FRAGMENT):
        page = client.get("/card/pay/", headers=headers)
        assert "no-store" in page["Cache-Control"]
        assert "private" in page["Cache-Control"]
        assert page["X-Robots-Tag"] == "noindex"


def test_with_a_closed_lock_there_is_no_code_but_the_way_to_open_it(client: Client, rich: Member, now: datetime, issued: list[str]) -> None:
    till.set_spend_lock(rich.pk, SpendLock.CLOSED, now=now)
    page = client.get("/card/pay/")
    assert issued == []
    assert "Spending is closed" in text(page)
    assert 'href="/profile/spending/"' in raw(page)


def test_with_nothing_to_spend_the_page_says_what_comes(client: Client, member: Member, issued: list[str]) -> None:
    assert "The code for spending will be here Points come with the card" in text(client.get("/card/pay/"))
    assert issued == []


def test_when_the_cap_is_reached_the_page_says_so(client: Client, rich: Member, now: datetime, issued: list[str]) -> None:
    till.set_spend_limits(rich.pk, daily_cap=50, confirm_above=None, now=now)
    assert "Can be spent today 50 points" in text(client.get("/card/pay/"))
    ledger.place_hold(member_id=rich.pk, points=50, ttl=timedelta(minutes=5), now=now)
    page = text(client.get("/card/pay/"))
    assert "Today's limit is used up You allow 50 points a day." in page
    assert len(issued) == 1


def test_the_code_ends_after_a_minute(client: Client, rich: Member, now: datetime, issued: list[str]) -> None:
    client.get("/card/pay/")
    with time_machine.travel(now + timedelta(seconds=60), tick=False):
        client.get("/card/pay/")
    late = now + timedelta(seconds=60)
    with pytest.raises(Exception, match="has ended"):
        till.read_code(issued[0], now=late)
    assert till.read_code(issued[1], now=late).member_id == rich.pk


def test_only_a_member_gets_a_code(visitor: Client, client: Client, rich: Member) -> None:
    assert visitor.get("/card/pay/")["Location"].startswith("/accounts/login/?next=/card/pay/")
    assert client.post("/card/pay/").status_code == 405


def test_the_page_costs_the_same_with_a_long_history(client: Client, rich: Member, bakery: Partner, now: datetime) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/card/pay/", headers=FRAGMENT)
        return len(queries)

    cost()
    short = cost()
    many_sales(rich, bakery, 300, since=now - timedelta(days=300), until=now)
    for points in range(1, 30):
        ledger.place_hold(member_id=rich.pk, points=points, ttl=timedelta(minutes=5), now=now)
    assert cost() == short <= 12


def test_it_speaks_russian(rich: Member) -> None:
    rich.user.language = "ru"  # type: ignore[union-attr]
    rich.user.save(update_fields=["language"])  # type: ignore[union-attr]
    page = text(signed_in(rich).get("/card/pay/"))
    assert "Код сработает один раз, до 12:01:00" in page
    assert "Можно списать сегодня 10 000 баллов" in page


def test_two_members_get_codes_of_their_own(client: Client, rich: Member, programme: Programme, now: datetime, issued: list[str]) -> None:
    other = make_login("boris@example.org")
    ledger.grant(member_id=other.pk, kind=EntryKind.ADJUSTMENT, points=5, programme=programme, now=now, key=None)
    client.get("/card/pay/")
    signed_in(other).get("/card/pay/")
    assert [till.read_code(code, now=now).member_id for code in issued] == [rich.pk, other.pk]
