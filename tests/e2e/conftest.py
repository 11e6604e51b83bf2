"""A member with a history, signed in to a real browser."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import Sale
from loyalty.enums import EntryKind
from loyalty.models import Programme
from partners.models import Category, Partner
from tests.factories.cabinet import bring_back, buy, make_login, post, signed_in
from tests.factories.loyalty import make_partner, make_programme

# Not a promise of the product's, but of a page that a busy machine shows in the end.
expect.set_options(timeout=30_000)


@pytest.fixture
def programme(transactional_db: None) -> Programme:
    return make_programme()


@pytest.fixture
def bakery(programme: Programme) -> Partner:
    partner = make_partner("bakery", base="10")
    partner.category = Category.objects.create(slug="coffee", name="Кофе", icon="coffee")
    partner.save(update_fields=["category"])
    return partner


@pytest.fixture
def newcomer(programme: Programme) -> Member:
    """Somebody with a card and nothing else."""
    return make_login("new@example.org", language="en")


@pytest.fixture
def member(programme: Programme, bakery: Partner) -> Member:
    """Somebody with a year of purchases, a spend, a return, points on their way and points that expire soon."""
    now = timezone.now()
    anna = make_login(language="en", phone="+79001230042", phone_verified=True)
    ledger.grant(member_id=anna.pk, kind=EntryKind.WELCOME, points=300, programme=programme, now=now - timedelta(days=350), key="welcome")
    sales = [Sale(f"sale-{n}", anna.pk, now - timedelta(days=10 + 8 * n), [ReceiptLine(Decimal("640.00"), name=f"Bread {n}")]) for n in range(40)]
    post(sales, bakery)
    buy(anna, bakery, "paid", now - timedelta(days=5), ("Cake", "2500.00"), ("Coffee", "180.00"), redeem=400)
    bring_back(anna, bakery, "back", now - timedelta(days=4), ("Cake", "1000.00"), original="paid")
    buy(anna, bakery, "latest", now - timedelta(days=1), ("Croissant", "220.00"))
    return anna


@pytest.fixture
def enter(context: BrowserContext, base_url: str) -> Callable[[Member], None]:
    """Sign a member in to the browser."""

    def sign_in(who: Member) -> None:
        session = signed_in(who).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])

    return sign_in


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone that speaks English, unless a test says otherwise."""
    return {**browser_context_args, "viewport": {"width": 390, "height": 844}, "locale": "en-GB"}


@pytest.fixture
def calm(page: Page) -> Iterator[Page]:
    """A page whose console must stay empty."""
    said: list[str] = []
    # Colours on their way from one to another are no contrast to measure.
    page.emulate_media(reduced_motion="reduce")

    def listen(message: ConsoleMessage) -> None:
        # Chromium's remark when a page is left while its view transition still runs.
        if message.type in ("error", "warning") and not message.text.startswith("Transition was aborted"):
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: None if "Transition was aborted" in str(error) else said.append(str(error)))
    yield page
    assert said == []
