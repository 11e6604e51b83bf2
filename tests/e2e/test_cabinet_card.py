"""The card in a real browser: offline too, and gone after log-out."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Error, Page, expect

from accounts.models import Member

# Playwright's own polling doesn't wait for promises.
KEPT = """async (wanted) => {
  for (let tries = 0; tries < 200; tries++) {
    const kept = (await caches.has('zheton-card')) && (await (await caches.open('zheton-card')).keys()).length > 0;
    if (kept === wanted) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}"""
LOG_OUT = """async () => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  await fetch('/accounts/logout/', { method: 'POST', headers: { 'X-CSRFToken': token }, redirect: 'manual' });
}"""


def keep(page: Page) -> None:
    """Visit the home page and wait until the service worker has the card."""
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert page.evaluate(KEPT, True)


def test_the_card_opens_without_a_connection(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    keep(page)
    number = member.cards.get().number
    context.set_offline(True)
    page.goto("/card/")
    expect(page.locator(".num > span")).to_have_text(f"{number[:4]}\u00a0{number[4:8]} {number[8:12]}\u00a0{number[12:]}")
    expect(page.locator("svg.qr")).to_be_visible()
    expect(page.get_by_text("No connection.")).to_be_visible()
    # Its style sheets and logo came along: the page is white and laid out.
    assert page.evaluate("getComputedStyle(document.querySelector('.scan')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.styleSheets.length") == 2


def test_any_other_page_offers_the_card(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    keep(page)
    context.set_offline(True)
    page.goto("/history/")
    expect(page.get_by_role("heading", name="No connection", level=1)).to_be_visible()
    page.get_by_role("link", name="Show the card").click()
    expect(page.locator("svg.qr")).to_be_visible()


def test_logging_out_wipes_the_card(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    keep(page)
    page.goto("/rules/")
    page.evaluate(LOG_OUT)
    page.goto("/")
    assert page.evaluate(KEPT, False)
    context.set_offline(True)
    try:
        page.goto("/card/")
        shown = page.content()
    except Error:
        # With its storage cleared the browser has no service worker left to answer.
        shown = ""
    assert member.cards.get().number not in shown


def test_a_session_that_ended_elsewhere_wipes_the_card_too(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    keep(page)
    context.clear_cookies()
    page.goto("/rules/")
    assert page.evaluate(KEPT, False)


def test_the_number_can_be_copied(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member, base_url: str) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    enter(member)
    page.goto("/card/")
    page.get_by_role("button", name="Copy the number").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == member.cards.get().number


def test_the_card_is_white_in_the_dark(page: Page, enter: Callable[[Member], None], member: Member) -> None:
    page.emulate_media(color_scheme="dark")
    enter(member)
    page.goto("/card/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_app_can_be_installed(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    page.goto("/")
    session = context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] in ([], [{"errorId": "in-incognito", "errorArguments": []}])
