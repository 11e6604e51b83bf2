"""A lost phone case with the card in it: the member moves to a new card on the phone, and tills know at once."""

from collections.abc import Callable
from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Member
from loyalty.domain.till import issue_code, set_spend_lock
from loyalty.enums import SpendLock
from loyalty.templatetags.cabinet import card_groups
from partners.models import Partner
from tests.factories.till import make_till, order


def press(page: Page, target: Locator) -> None:
    """Enter on a focused link or button, until its page has loaded."""
    target.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_member_moves_to_a_new_card_by_keyboard_and_tills_know(calm: Page, enter: Callable[[Member], None], member: Member, bakery: Partner) -> None:
    till, old = make_till(bakery), member.cards.get()
    set_spend_lock(member.pk, SpendLock.OPEN, now=timezone.now())
    held = till.post("holds/", {"member": {"token": issue_code(member.pk, now=timezone.now()).text}, "points": 20}).json()["id"]
    # Whoever has the phone's screen on a photograph, and the number.
    photographed = issue_code(member.pk, now=timezone.now()).text
    enter(member)
    calm.goto("/card/")
    expect(calm.get_by_text(card_groups(old.number)).first).to_be_visible()
    calm.goto("/profile/")
    press(calm, calm.get_by_role("link", name="Block and replace"))
    expect(calm.get_by_text("Codes shown until now spend nothing any more.")).to_be_visible()
    assert Axe().run(calm).violations_count == 0
    assert calm.evaluate("document.documentElement.scrollWidth") <= 390
    calm.get_by_label("Stolen").focus()
    calm.keyboard.press("Space")
    press(calm, calm.get_by_role("button", name="Block and replace"))
    expect(calm.get_by_text("The old number no longer works. The new card is ready.")).to_be_visible()

    fresh = member.cards.get(is_primary=True)
    calm.goto("/card/")
    expect(calm.get_by_text(card_groups(fresh.number)).first).to_be_visible()
    expect(calm.get_by_text(card_groups(old.number))).to_have_count(0)
    calm.goto("/profile/spending/")
    expect(calm.get_by_text("Closed, your phone opens it")).to_be_visible()

    refused = till.post("orders/", order("T-1", {"card": old.number}, "100.00")).json()
    assert (refused["code"], refused["reason"]) == ("card_blocked", "stolen")
    assert till.post("holds/", {"member": {"token": photographed}, "points": 5}).json()["code"] == "token_expired"
    assert till.post("orders/", order("T-2", {"card": fresh.number}, "100.00")).status_code == 201
    later = issue_code(member.pk, now=timezone.now() + timedelta(seconds=1)).text
    assert till.post("holds/", {"member": {"token": later}, "points": 5}).status_code == 201
    # What was set aside before is the member's, whatever card they have now.
    assert till.post(f"holds/{held}/capture/", {}).status_code == 200
