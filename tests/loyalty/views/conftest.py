"""A member with a card, signed in, at a fixed time."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import Member
from loyalty.models import Programme
from partners.models import Category, Partner
from tests.factories.cabinet import make_login, signed_in
from tests.factories.loyalty import make_partner, make_programme, moment


@pytest.fixture
def programme(db: None) -> Programme:
    return make_programme()


@pytest.fixture
def now(programme: Programme) -> Iterator[datetime]:
    """Saturday, 28 November 2026, noon in Moscow."""
    instant = moment("2026-11-28 12:00")
    with time_machine.travel(instant, tick=False):
        yield instant


@pytest.fixture
def member(now: datetime) -> Member:
    return make_login(language="en")


@pytest.fixture
def client(member: Member) -> Client:
    """The member's own browser."""
    return signed_in(member)


@pytest.fixture
def visitor(programme: Programme) -> Client:
    """Somebody who is not signed in, with an English browser."""
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def bakery(programme: Programme) -> Partner:
    partner = make_partner("bakery", base="10")
    partner.category = Category.objects.create(slug="coffee", name="Кофе", icon="coffee")
    partner.save(update_fields=["category"])
    return partner
