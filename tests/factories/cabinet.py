"""Somebody with a log-in, a card and purchases, made through the domain."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client

from accounts.models import Card, Member, User
from loyalty.domain import programme as programmes
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import Outcome, ReturnOf, Sale, record
from partners.models import Partner

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def card_number(body: int) -> str:
    """A 16-digit number with its check digit."""
    digits = f"904028{body:09d}"
    doubled = [int(digit) * 2 if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def make_login(email: str = "anna@example.org", *, password: str = "", **values: Any) -> Member:
    """A member who can log in, with a primary card. `values` go to the user."""
    user = User.objects.create_user(email, password or None, **values)
    member = Member.objects.create(user=user, email=email, first_name="Anna")
    Card.objects.create(member=member, number=card_number(user.pk), is_primary=True)
    return member


def signed_in(member: Member) -> Client:
    """A test client of that member."""
    client = Client()
    assert member.user is not None
    client.force_login(member.user, backend=BACKEND)
    return client


def buy(
    member: Member,
    partner: Partner,
    external_id: str,
    at: datetime,
    *lines: tuple[str, str],
    redeem: int = 0,
    discount: str = "0.00",
    category: str = "",
) -> Outcome:
    """A purchase of (name, amount) lines; without lines, of bread for 1 000."""
    items = [ReceiptLine(Decimal(amount), sku=name.lower(), name=name, category=category) for name, amount in lines or [("Bread", "1000.00")]]
    return post([Sale(external_id, member.pk, at, items, redeem_points=redeem, discount=Decimal(discount))], partner)[0]


def spend_late(member: Member, partner: Partner, external_id: str, at: datetime, points: int, *, now: datetime) -> None:
    """A purchase of 1 000 paid with points, reported only at `now`."""
    sale = Sale(external_id, member.pk, at, [ReceiptLine(Decimal("1000.00"), name="Bread")], redeem_points=points)
    [outcome] = record([sale], partner=partner, programme=programmes.current(), now=now)
    assert outcome.status == "recorded", outcome.message


def bring_back(member: Member, partner: Partner, external_id: str, at: datetime, *lines: tuple[str, str], original: str | None = None) -> Outcome:
    """A return of (name, amount) lines."""
    items = [ReceiptLine(Decimal(amount), sku=name.lower(), name=name) for name, amount in lines]
    return post([ReturnOf(external_id, member.pk, at, items, original=original)], partner)[0]


def post(documents: Sequence[Sale | ReturnOf], partner: Partner) -> list[Outcome]:
    """Record documents when the last of them happened; every one must be accepted."""
    outcomes = record(documents, partner=partner, programme=programmes.current(), now=max(document.occurred_at for document in documents))
    assert all(outcome.status == "recorded" for outcome in outcomes), [outcome.message for outcome in outcomes]
    return outcomes


def many_sales(member: Member, partner: Partner, count: int, *, since: datetime, until: datetime) -> None:
    """`count` purchases spread evenly over a span of time."""
    step = (until - since) / count
    post([Sale(f"many-{n}", member.pk, since + step * n, [ReceiptLine(Decimal("100.00"), name="Bread")]) for n in range(count)], partner)
