"""Finding an operation in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from accounts.models import Member
from loyalty.models import Order


def test_an_operation_unfolds_and_leads_to_its_order(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.goto("/")
    calm.get_by_role("navigation").get_by_role("link", name="History").click()
    operation = calm.locator("details.op").filter(has_text="₽2,680").first
    operation.locator("summary").click()
    expect(operation.get_by_text("Paid with points")).to_be_visible()
    operation.get_by_role("link", name="The whole order").click()
    order = Order.objects.get(external_id="paid")
    expect(calm).to_have_url(calm.url.split("/orders/")[0] + f"/orders/{order.pk}/")
    expect(calm.get_by_role("heading", name="Return", exact=True)).to_be_visible()


def test_earlier_operations_join_the_list_and_take_the_focus(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.goto("/history/")
    expect(calm.locator("details.op")).to_have_count(20)
    calm.get_by_role("link", name="Show earlier").focus()
    calm.keyboard.press("Enter")
    expect(calm.locator("details.op")).to_have_count(40)
    assert calm.url.endswith("/history/")
    assert calm.evaluate("[...document.querySelectorAll('.op summary')].indexOf(document.activeElement)") == 20
    calm.get_by_role("link", name="Show earlier").click()
    expect(calm.get_by_role("link", name="Show earlier")).to_have_count(0)
    assert calm.locator("details.op").count() == 44
    # Every month is headed once, however many pages it spans.
    headings = calm.locator(".month h2").all_inner_texts()
    assert len(headings) == len(set(headings))


def test_choosing_a_filter_shows_it_at_once(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.goto("/history/")
    calm.get_by_role("link", name="Returns").click()
    expect(calm.locator("details.op")).to_have_count(1)
    assert calm.locator(".chip[aria-current]").inner_text() == "Returns"
    calm.get_by_label("Period").select_option(label="Last 3 months")
    calm.wait_for_url("**/history/?kind=returns&partner=&period=3m")
    expect(calm.locator("details.op")).to_have_count(1)


def test_everything_works_with_a_keyboard(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    calm.goto("/history/")
    calm.keyboard.press("Tab")
    assert calm.evaluate("document.activeElement.textContent") == "Skip to content"
    calm.keyboard.press("Enter")
    operation = calm.locator("details.op").first
    operation.locator("summary").focus()
    calm.keyboard.press("Enter")
    expect(operation.locator(".op-in")).to_be_visible()


def test_everything_works_without_scripts(browser: Browser, base_url: str, member: Member) -> None:
    from django.conf import settings

    from tests.factories.cabinet import signed_in

    context = browser.new_context(base_url=base_url, java_script_enabled=False, locale="en-GB")
    session = signed_in(member).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])
    page = context.new_page()
    page.goto("/history/")
    page.get_by_role("link", name="Show earlier").click()
    expect(page.locator("details.op")).to_have_count(20)
    page.goto("/history/")
    page.get_by_label("Partner").select_option(label="Bakery")
    page.get_by_role("button", name="Apply").click()
    assert "partner=bakery" in page.url
    page.locator("details.op summary").first.click()
    expect(page.locator("details.op .op-in").first).to_be_visible()
    page.goto("/card/")
    expect(page.locator("svg.qr")).to_be_visible()
    expect(page.get_by_role("button", name="Copy the number")).to_be_hidden()
    context.close()
