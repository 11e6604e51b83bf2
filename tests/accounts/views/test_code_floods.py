"""Thousands of requests for codes against one number, one range of numbers, one e-mail address, or from one address of the net:
the spend stays within the budget, and honest people still get their codes.

Real requests through the pages, counted in the table or in Redis. FLOOD_REQUESTS says how many (`make torture`: 10 000).
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.domain.notifications import sms_budget
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_mail_code, enter_phone_code, log_in
from tests.factories.accounts import MemberFactory
from tests.load.conftest import say

pytestmark = pytest.mark.django_db
MANY = int(os.environ.get("FLOOD_REQUESTS") or 60)
PRICE = 4
NOW = "2026-03-02T09:00:00Z"


@pytest.fixture(autouse=True, params=["table", pytest.param("redis", marks=pytest.mark.redis)])
def clock(request: pytest.FixtureRequest, settings: Any) -> Iterator[time_machine.Traveller]:
    """Stands still until a test moves it. Tries are counted in the table, or in Redis."""
    if request.param == "table":
        settings.REDIS_URL = ""
    with time_machine.travel(NOW, tick=False) as found:
        yield found


def somewhere(n: int) -> Client:
    """A visitor from an address of their own."""
    return Client(REMOTE_ADDR=f"10.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}")


def spent() -> int:
    """What the day's texts cost so far."""
    return sms_budget.spent_today(timezone.now()) // 100


def report(what: str, post: Post) -> None:
    """A line for whoever watches (`-s`)."""
    say(f"{MANY:,} requests {what}: {len(post.texts)} texts for {spent()}, {len(mail.outbox)} mails")


def test_one_number(post: Post, member: Any) -> None:
    """Its owner gets in by e-mail meanwhile; others by phone."""
    other = MemberFactory(with_login=True, user__phone="+79001230043")
    for n in range(MANY):
        log_in(somewhere(n), PHONE)
    report("against one number", post)
    assert Counter(number for number, _text in post.texts) == {PHONE: 4}
    assert spent() == 4 * PRICE
    assert log_in(somewhere(MANY), str(other.phone)).status_code == 302
    assert post.sms_code(str(other.phone))
    assert log_in(somewhere(MANY + 1), EMAIL).status_code == 302
    assert post.mail_code(EMAIL)


def test_one_number_all_day(post: Post, member: Any, clock: time_machine.Traveller) -> None:
    """Whoever comes back every quarter of an hour costs ten texts a day at most."""
    for quarter in range(24 * 4 - 40):
        for n in range(3):
            log_in(somewhere(quarter * 3 + n), PHONE)
        clock.shift(15 * 60)
    assert len(post.texts) == 10
    assert len(post.texts) * PRICE <= configured.SMS_BUDGET_NUMBER


def test_one_range_of_numbers(post: Post, member: Any, settings: Any) -> None:
    """A new number every time. Members of the range still log in, and elsewhere people still sign up."""
    # Less than the requests would cost, however few they are.
    settings.SMS_BUDGET_PREFIX = min(settings.SMS_BUDGET_PREFIX, MANY * PRICE // 2)
    for n in range(MANY):
        begin(somewhere(n), phone=f"+7900{5_000_000 + n}", email=f"bot{n}@example.org")
    report("against one range", post)
    assert spent() == min(MANY * PRICE, configured.SMS_BUDGET_PREFIX)
    log_in(somewhere(MANY), PHONE)
    assert post.sms_code(PHONE)
    honest = somewhere(MANY + 1)
    begin(honest, phone="+79161234567", email="nadya@example.org")
    assert enter_phone_code(honest, post.sms_code("+79161234567")).status_code == 302
    assert enter_mail_code(honest, post.mail_code("nadya@example.org")).status_code == 302


def test_one_address_of_the_net(post: Post, member: Any, clock: time_machine.Traveller) -> None:
    """However many numbers it tries: 30 a minute, 120 an hour."""
    one, neighbour = Client(REMOTE_ADDR="203.0.113.7"), MemberFactory(with_login=True)
    for n in range(50):
        log_in(one, f"+7999{n:07d}")
    assert len(post.texts) == 30
    # At least as many as an hour allows.
    tries = max(MANY, 120)
    for n in range(tries):
        clock.shift(3000 / tries)
        log_in(one, f"+79{10 + n % 80}{n:07d}")
    report("from one address", post)
    assert len(post.texts) == 120
    # These tell that there is no card yet: two parts each.
    assert spent() == 120 * 2 * PRICE
    log_in(somewhere(1), PHONE)
    assert post.sms_code(PHONE)
    clock.shift(3600)
    log_in(one, str(neighbour.phone))
    assert post.sms_code(str(neighbour.phone))


def test_one_email_address(post: Post, member: Any) -> None:
    """Its owner's box isn't filled; others get their mails, and the owner gets in by phone."""
    other = MemberFactory(with_login=True)
    for n in range(MANY):
        log_in(somewhere(n), EMAIL)
    report("against one e-mail address", post)
    assert [message.to for message in mail.outbox] == [[EMAIL]] * 4
    log_in(somewhere(MANY), str(other.email))
    assert post.mail_code(str(other.email))
    log_in(somewhere(MANY + 1), PHONE)
    assert post.sms_code(PHONE)


def test_everything_at_once_ends_at_the_budget_of_unknown_numbers(post: Post, member: Any, settings: Any) -> None:
    """Numbers of all ranges from everywhere: what is kept for members stays theirs."""
    settings.SMS_BUDGET_DAY = 1000
    for n in range(min(MANY, 1000)):
        begin(somewhere(n), phone=f"+79{10 + n % 80}{n:07d}", email=f"bot{n}@example.org")
    assert spent() == min(MANY * PRICE, 1000 * 20 // 100)
    log_in(somewhere(MANY), PHONE)
    assert post.sms_code(PHONE)
