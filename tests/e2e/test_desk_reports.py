"""A partner's figures, statement, keys and webhooks in a real browser."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Member
from loyalty.domain import orders, settlement
from loyalty.domain.earning import ReceiptLine
from loyalty.lib.clock import business_day, start_of_day
from loyalty.models import Programme
from partners.domain import visits, webhooks
from partners.enums import DeskRole
from partners.models import DeliveryState, Partner, WebhookDelivery, WebhookEndpoint, WebhookKind
from tests.factories.cabinet import bring_back
from tests.factories.desk import desk_client, make_seat
from tests.factories.loyalty import add_terms
from tests.factories.partners import make_outlet

# ZHETON_SHOTS=folder keeps pictures of every page.
SHOTS = os.environ.get("ZHETON_SHOTS", "")
PAGES = ["statistics/", "statistics/?period=90d", "settlement/", "keys/", "keys/new/", "webhooks/", "webhooks/new/"]


@pytest.fixture
def desk(member: Member, bakery: Partner, programme: Programme) -> Partner:
    """A bakery with months of trade, a closed month, a correction, keys and webhooks."""
    now = timezone.now()
    add_terms(bakery, valid_from=now - timedelta(days=200), base="9", fee_pct=Decimal(1))
    outlets = [make_outlet(bakery, f"{number}", name=name) for number, name in enumerate(("Липовая, 4", "Ткацкая, 12", "Новый рынок"))]
    sales = [
        orders.Sale(f"d-{n}", member.pk, now - timedelta(hours=7 * n + 1), [ReceiptLine(Decimal(300 + n * 37 % 900))], outlet_id=outlets[n % 3].pk)
        for n in range(120)
    ]
    orders.record(sales, partner=bakery, programme=programme, now=now)
    today = business_day(now, programme.zone)
    for back in range(28):
        for _ in range(3 + back * 5 % 11):
            visits.record_view(partner_id=bakery.pk, outlet_id=outlets[back % 3].pk, day=today - timedelta(days=back))
        visits.record_route_tap(partner_id=bakery.pk, outlet_id=outlets[0].pk, day=today - timedelta(days=back))
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    settlement.close_month(last, programme=programme, now=now)
    late: datetime = start_of_day(last, programme.zone) + timedelta(days=3)
    orders.record([orders.Sale("late-1", member.pk, late, [ReceiptLine(Decimal("1180.00"))])], partner=bakery, programme=programme, now=now)
    bring_back(member, bakery, "d-back", now, ("Croissant", "100.00"), original="d-3")
    endpoint = webhooks.create_endpoint(partner=bakery, url="https://shop.example.org/hooks/zheton", description="Магазин", now=now)
    for number, state in enumerate((DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.PENDING)):
        WebhookDelivery.objects.create(
            endpoint=endpoint,
            event_id=number,
            kind=WebhookKind.ORDER_RECORDED,
            body='{"type":"order.recorded","data":{"order":"d-1"}}',
            state=state,
            due_at=now,
            attempts=number * 3 + 1,
            error="answered 500" if state == DeliveryState.FAILED else "",
        )
    return bakery


@pytest.fixture
def enter_desk(context: BrowserContext, base_url: str, desk: Partner) -> Callable[..., None]:
    """Sit down at the bakery's desk."""

    def sit(role: DeskRole = DeskRole.MANAGER, **user: str) -> None:
        session = desk_client(make_seat(desk, role, **user)).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])

    return sit


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def axe_says(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_sound_on_phones_and_desks(calm: Page, enter_desk: Callable[..., None], width: int, theme: str) -> None:
    enter_desk(language="ru" if SHOTS else "en", theme=theme)
    calm.set_viewport_size({"width": width, "height": 844 if width == 390 else 800})
    pages = [*PAGES, f"webhooks/{WebhookEndpoint.objects.get().pk}/"]
    for number, path in enumerate(pages):
        calm.goto(f"/desk/bakery/{path}")
        expect(calm.locator("h1")).to_be_visible()
        assert axe_says(calm) == [], path
        assert calm.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        shoot(calm, f"desk-{number}-{path.split('/')[0]}-{width}-{theme}")


def test_nothing_is_cut_off_at_320(calm: Page, enter_desk: Callable[..., None]) -> None:
    enter_desk()
    calm.set_viewport_size({"width": 320, "height": 640})
    for path in [*PAGES, f"webhooks/{WebhookEndpoint.objects.get().pk}/"]:
        calm.goto(f"/desk/bakery/{path}")
        assert calm.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_a_month_and_an_outlet_are_chosen_and_a_file_is_taken_home(calm: Page, enter_desk: Callable[..., None]) -> None:
    enter_desk(DeskRole.VIEWER)
    calm.goto("/desk/bakery/")
    calm.get_by_role("navigation").get_by_role("link", name="Settlement").click()
    expect(calm.locator(".pay")).to_contain_text("up to now")
    expect(calm.locator(".pay")).to_contain_text("correction of closed months")
    with calm.expect_download() as download:
        calm.locator(".pay").get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.startswith("bakery-")
    calm.locator("select[name=month]").select_option(index=1)
    expect(calm.locator(".pay")).to_contain_text("closed on")
    calm.get_by_role("navigation").get_by_role("link", name="Statistics").click()
    calm.locator("select[name=outlet]").select_option("1")
    calm.wait_for_url("**outlet=1**")
    expect(calm.get_by_role("row", name="Ткацкая, 12")).to_be_visible()
    expect(calm.get_by_role("row", name="Липовая, 4")).to_have_count(0)


def test_a_key_is_made_with_the_keyboard_shown_once_and_revoked(calm: Page, enter_desk: Callable[..., None]) -> None:
    enter_desk()
    calm.goto("/desk/bakery/more/")
    calm.get_by_role("link", name="API keys").focus()
    calm.keyboard.press("Enter")
    calm.locator(".topbar").get_by_role("link", name="New key").focus()
    calm.keyboard.press("Enter")
    calm.get_by_label("Name").focus()
    calm.keyboard.type("Till in Lipovaya")
    calm.keyboard.press("Tab")
    calm.keyboard.press("Space")
    calm.get_by_role("button", name="Make the key").focus()
    calm.keyboard.press("Enter")
    expect(calm.locator("code.secret")).to_be_visible()
    text = calm.locator("code.secret").inner_text()
    shoot(calm, "desk-key-made")
    assert axe_says(calm) == []
    calm.get_by_role("link", name="Done").click()
    expect(calm.get_by_text("Till in Lipovaya").first).to_be_visible()
    assert text not in calm.content()
    shoot(calm, "desk-keys-listed")
    assert axe_says(calm) == []
    calm.get_by_role("button", name="Revoke Till in Lipovaya").click()
    expect(calm.get_by_text("nothing it signs is accepted any more")).to_be_visible()


def test_what_was_given_up_is_sent_again(calm: Page, enter_desk: Callable[..., None]) -> None:
    enter_desk()
    calm.goto("/desk/bakery/webhooks/")
    calm.get_by_role("link", name="shop.example.org").click()
    calm.get_by_label("State").select_option("failed")
    calm.wait_for_url("**state=failed**")
    calm.get_by_role("button", name="Send again what was given up").click()
    expect(calm.get_by_text("1 message is sent again.")).to_be_visible()
    assert not WebhookDelivery.objects.filter(state=DeliveryState.FAILED).exists()


def test_without_scripts_the_buttons_do_it(browser: object, base_url: str, enter_desk: Callable[..., None], context: BrowserContext) -> None:
    enter_desk(DeskRole.VIEWER)
    plain = context.browser.new_context(java_script_enabled=False, storage_state=context.storage_state())  # type: ignore[union-attr]
    page = plain.new_page()
    page.goto(f"{base_url}/desk/bakery/statistics/")
    page.get_by_label("Period").select_option("7d")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{base_url}/desk/bakery/statistics/?period=7d&outlet=")
    assert page.locator(".grid").first.locator("tbody tr").count() == 7
    plain.close()
