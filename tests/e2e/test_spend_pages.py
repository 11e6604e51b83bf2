"""Spending in a real browser: the code renews itself, says when it can't, and a till's request is answered on the phone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Member
from loyalty.domain import ledger, till
from loyalty.enums import HoldState, SpendLock
from loyalty.models import Hold
from partners.models import Partner
from tests.factories.cabinet import signed_in

DRAWN = "document.querySelector('spend-code .qr path').getAttribute('d')"


def ask(member: Member, partner: Partner, points: int = 120) -> Hold:
    return ledger.place_hold(member_id=member.pk, points=points, ttl=timedelta(minutes=10), now=timezone.now(), partner_id=partner.pk, awaiting_member=True)


def press(page: Page, target: Locator) -> None:
    """Enter on a focused link, button or field, until its page has loaded (looking earlier disturbs view transitions)."""
    target.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def drawn_anew(page: Page, before: str) -> str:
    expect(page.locator("spend-code .qr path")).not_to_have_attribute("d", before)
    return str(page.evaluate(DRAWN))


def test_the_code_is_large_and_renews_before_it_ends(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.clock.install()
    calm.goto("/card/pay/")
    code = calm.get_by_role("img", name="QR code for spending points")
    expect(code).to_be_visible()
    box = code.locator("svg").bounding_box()
    assert box
    assert box["width"] >= 260
    expect(calm.get_by_role("timer")).to_contain_text("New code in 0:")
    first = calm.evaluate(DRAWN)
    calm.clock.run_for(15_000)
    assert calm.evaluate(DRAWN) == first
    expect(calm.get_by_role("timer")).to_contain_text(re.compile(r"New code in 0:[0-3]\d"))
    calm.clock.run_for(36_000)
    second = drawn_anew(calm, first)
    expect(code).to_be_visible()
    calm.get_by_role("link", name="New code").click()
    drawn_anew(calm, second)


def test_an_ended_code_disappears_without_a_connection_and_comes_back(
    page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member
) -> None:
    enter(member)
    page.clock.install()
    page.goto("/card/pay/")
    first = page.evaluate(DRAWN)
    context.set_offline(True)
    page.clock.run_for(45_000)
    expect(page.get_by_role("img", name="QR code for spending points")).to_be_visible()
    page.clock.run_for(20_000)
    expect(page.get_by_text("Spending needs a fresh code")).to_be_visible()
    expect(page.get_by_role("img", name="QR code for spending points")).to_be_hidden()
    expect(page.get_by_role("timer")).to_be_hidden()
    expect(page.locator("[data-status]")).to_have_text("No connection, the code has ended")
    context.set_offline(False)
    page.clock.run_for(4_000)
    drawn_anew(page, first)
    expect(page.get_by_text("Spending needs a fresh code")).to_be_hidden()
    expect(page.locator("[data-status]")).to_have_text("The code is here again")


def test_without_scripts_the_link_gives_the_next_code(new_context: Callable[..., BrowserContext], base_url: str, member: Member) -> None:
    context = new_context(java_script_enabled=False)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(member).cookies[settings.SESSION_COOKIE_NAME].value, "url": base_url}])
    page = context.new_page()
    page.goto(f"{base_url}/card/pay/")
    expect(page.get_by_text("The code serves once, until")).to_be_visible()
    before = page.locator("spend-code .qr path").get_attribute("d")
    page.get_by_role("link", name="New code").click()
    assert page.locator("spend-code .qr path").get_attribute("d") != before
    expect(page.get_by_role("link", name="Requests from tills")).to_be_visible()


def test_a_tills_request_appears_by_itself_and_is_answered_by_keyboard(calm: Page, enter: Callable[[Member], None], member: Member, bakery: Partner) -> None:
    enter(member)
    calm.goto("/card/pay/")
    expect(calm.get_by_role("alert")).to_have_count(0)
    hold = ask(member, bakery)
    alert = calm.get_by_role("alert")
    expect(alert).to_contain_text("Bakery asks to spend 120\u00a0points", timeout=15_000)
    press(calm, alert.get_by_role("link", name="Answer"))
    assert calm.url.endswith(f"/spend/{hold.pk}/")
    press(calm, calm.get_by_role("button", name="Agree to the spend"))
    expect(calm.get_by_text("You agreed. The till can finish the purchase now")).to_be_visible()
    hold.refresh_from_db()
    assert hold.state == HoldState.ACTIVE


def test_the_lock_and_the_limits_by_keyboard(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.goto("/profile/spending/")
    press(calm, calm.get_by_role("button", name="Close spending altogether"))
    expect(calm.get_by_text("Spending is closed. Points still come")).to_be_visible()
    calm.goto("/card/pay/")
    expect(calm.get_by_text("Open the lock in the settings")).to_be_visible()
    press(calm, calm.get_by_role("link", name="Open the settings"))
    press(calm, calm.get_by_role("button", name="Allow with my phone"))
    expect(calm.get_by_text("Closed, your phone opens it")).to_be_visible()
    field = calm.get_by_label("At most a day, points")
    field.fill("none")
    press(calm, field)
    expect(calm.get_by_text("Enter a whole number of points")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("1 500")
    press(calm, field)
    expect(calm.get_by_text("The limits are saved")).to_be_visible()
    expect(field).to_have_value("1500")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    calm: Page, enter: Callable[[Member], None], member: Member, bakery: Partner, theme: str, language: str
) -> None:
    member.user.language, member.user.theme = language, theme  # type: ignore[union-attr]
    member.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    enter(member)
    now = timezone.now()

    def look(*addresses: str) -> None:
        for address in addresses:
            calm.goto(address)
            found = Axe().run(calm)
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"
            for width in (320, 1280, 390):
                calm.set_viewport_size({"width": width, "height": 844})
                assert calm.evaluate("document.documentElement.scrollWidth") <= width, (address, width)

    look("/card/pay/", "/spend/pending/", "/profile/spending/")
    waiting, agreed, declined = (ask(member, bakery, points) for points in (3, 4, 5))
    till.agree_to_hold(member_id=member.pk, hold_id=agreed.pk, now=now)
    till.decline_hold(member_id=member.pk, hold_id=declined.pk, now=now)
    look("/card/pay/", "/spend/pending/", *(f"/spend/{hold.pk}/" for hold in (waiting, agreed, declined)))
    till.set_spend_lock(member.pk, SpendLock.OPEN, now=now, open_for=till.UNLOCKED_FOR)
    till.set_spend_limits(member.pk, daily_cap=1, confirm_above=0, now=now)
    look("/profile/spending/", "/card/pay/")
    till.set_spend_lock(member.pk, SpendLock.CLOSED, now=now)
    look("/profile/spending/", "/card/pay/")
    calm.goto("/profile/spending/")
    calm.locator("[name=daily_cap]").fill("?")
    press(calm, calm.locator("[name=daily_cap]"))
    expect(calm.locator("[aria-invalid=true]")).to_be_visible()
    assert Axe().run(calm).violations_count == 0
