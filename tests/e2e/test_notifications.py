"""Notifications in a real browser: the matrix by keyboard and by touch, a mail's link, push only on a press, inbox, letters."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.domain.notifications import contact_requests, inbox, preferences, push, queue, unsubscribe
from accounts.domain.notifications.queue import Notice
from accounts.domain.notifications.unsubscribe import Leaving
from accounts.models import ContactRequest, Member
from accounts.models.notification import Category, Channel
from loyalty.domain.programme import current_sender
from tests.factories.accounts import StaffFactory

PAGE = "/profile/notifications/"
WIDTHS = [320, 390, 1280]


@pytest.fixture
def reader(member: Member) -> Member:
    """A member with both contacts proven and some messages."""
    EmailAddress.objects.create(user=member.user, email=member.email, verified=True, primary=True)
    for n in range(23):
        queue.tell([Notice(f"event:{n}", member.pk, "points_available", {"points": n + 1})], sender=current_sender(), now=timezone.now())
    return member


@pytest.fixture
def letter(reader: Member) -> ContactRequest:
    """An answered letter of theirs."""
    now, sender = timezone.now(), current_sender()
    sent = contact_requests.write(reader, topic="points", text="No points for my bread.", sender=sender, now=now)
    return contact_requests.answer(sent.pk, text="They came on Monday.", author=StaffFactory(), sender=sender, now=now)


def wants(member: Member, category: Category, channel: Channel) -> bool:
    return preferences.load([member.pk])[member.pk].wants(category, channel)


def link(member: Member) -> str:
    return unsubscribe.link(Leaving(member.pk, Category.POINTS_SPENT, Channel.EMAIL), site_url="")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_axe_finds_nothing(
    calm: Page, enter: Callable[[Member], None], reader: Member, letter: ContactRequest, newcomer: Member, settings: Any, language: str, theme: str
) -> None:
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    for who in (reader, newcomer):
        who.user.language, who.user.theme = language, theme  # type: ignore[union-attr]
        who.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    message = inbox.messages(reader.pk)[0]
    pages = {
        reader: [PAGE, "/inbox/", f"/inbox/{message.pk}/", "/write/", f"/write/{letter.pk}/", link(reader)],
        newcomer: [PAGE, "/inbox/", "/write/"],
    }
    for who, addresses in pages.items():
        enter(who)
        for address in addresses:
            calm.goto(address)
            found = Axe().run(calm)
            assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways_and_targets_fit_a_thumb(
    calm: Page, enter: Callable[[Member], None], reader: Member, letter: ContactRequest, width: int
) -> None:
    reader.user.language = "ru"  # type: ignore[union-attr]
    reader.user.save(update_fields=["language"])  # type: ignore[union-attr]
    calm.set_viewport_size({"width": width, "height": 844})
    enter(reader)
    for address in [PAGE, "/inbox/", f"/inbox/{inbox.messages(reader.pk)[0].pk}/", "/write/", f"/write/{letter.pk}/", link(reader)]:
        calm.goto(address)
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address
        small = calm.evaluate(
            """() => [...document.querySelectorAll('main .btn, main select, main td label, main a.row, main .more, main .back')]
                .filter(one => one.checkVisibility()).map(one => [one.textContent.trim(), one.getBoundingClientRect().height])
                .filter(([, height]) => height < 44)"""
        )
        assert small == [], address


def test_the_matrix_by_keyboard(calm: Page, enter: Callable[[Member], None], reader: Member) -> None:
    enter(reader)
    calm.goto(PAGE)
    box = calm.get_by_role("checkbox", name="Points credited: SMS")
    calm.get_by_role("checkbox", name="Points credited: e-mail").focus()
    calm.keyboard.press("Tab")
    expect(box).to_be_focused()
    calm.keyboard.press("Space")
    expect(box).to_be_checked()
    calm.keyboard.press("Enter")
    expect(calm.get_by_text("Saved.")).to_be_visible()
    expect(box).to_be_checked()
    assert wants(reader, Category.POINTS_CREDITED, Channel.SMS)


@pytest.fixture
def touch(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A phone with a touch screen and without scripts."""
    context = browser.new_context(**browser_context_args, has_touch=True, is_mobile=True, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_the_matrix_by_touch_without_scripts(touch: Page, context: Any, enter: Callable[[Member], None], reader: Member) -> None:
    enter(reader)
    touch.context.add_cookies(context.cookies())
    touch.goto(PAGE)
    cell = touch.locator("td:has([name='points_credited.sms'])").bounding_box()
    assert cell is not None
    # The corner of the cell, not the box itself.
    touch.touchscreen.tap(cell["x"] + 4, cell["y"] + 6)
    touch.get_by_role("checkbox", name="Security: SMS").tap()
    touch.get_by_role("button", name="Save").tap()
    expect(touch.get_by_text("Saved.")).to_be_visible()
    assert wants(reader, Category.POINTS_CREDITED, Channel.SMS)
    assert not wants(reader, Category.SECURITY, Channel.SMS)
    last = touch.get_by_role("checkbox", name="Security: e-mail")
    expect(last).to_be_checked()
    expect(last).to_be_disabled()


def test_consent_is_given_and_withdrawn_apart_and_shown(calm: Page, enter: Callable[[Member], None], reader: Member) -> None:
    enter(reader)
    calm.goto(PAGE)
    expect(calm.get_by_role("checkbox", name="Offers: e-mail")).to_be_disabled()
    calm.get_by_role("button", name="I agree to offers and partner news").click()
    expect(calm.get_by_role("checkbox", name="Offers: e-mail")).to_be_checked()
    expect(calm.locator("#consent")).to_contain_text("on this page")
    expect(calm.locator("#consent")).to_contain_text("text version")
    calm.get_by_role("button", name="Withdraw the consent").click()
    expect(calm.get_by_role("checkbox", name="Offers: e-mail")).to_be_disabled()
    expect(calm.locator("#consent")).to_contain_text("Withdrawn")


def test_a_mails_link_asks_leaves_and_comes_back_without_a_log_in(calm: Page, reader: Member) -> None:
    calm.goto(link(reader))
    expect(calm.get_by_role("heading", name="No more of these messages?")).to_be_visible()
    assert wants(reader, Category.POINTS_SPENT, Channel.EMAIL)
    calm.get_by_role("button", name="Stop these messages").click()
    expect(calm.get_by_text("Nothing more about “Points spent”")).to_be_visible()
    assert not wants(reader, Category.POINTS_SPENT, Channel.EMAIL)
    calm.get_by_role("button", name="That was a slip").click()
    expect(calm.get_by_text("We write about “Points spent”")).to_be_visible()
    assert wants(reader, Category.POINTS_SPENT, Channel.EMAIL)


# What a browser answers without a push service behind it: the press is what is tested here.
_FAKE_PUSH = """
window.asked = 0;
Notification.requestPermission = async () => { window.asked += 1; return "granted"; };
PushManager.prototype.subscribe = async function (options) {
  window.keyLength = options.applicationServerKey.length;
  return { toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/1", keys: { p256dh: "BA" + "A".repeat(85), auth: "A".repeat(22) } }),
           unsubscribe: async () => true };
};
"""


def test_push_is_asked_for_only_on_a_press(calm: Page, enter: Callable[[Member], None], reader: Member, settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = push.new_private_key()
    calm.add_init_script(_FAKE_PUSH)
    enter(reader)
    for address in ("/", "/inbox/", PAGE):
        calm.goto(address)
        calm.wait_for_load_state("networkidle")
        assert calm.evaluate("window.asked") == 0
    expect(calm.get_by_role("checkbox", name="Points spent: push")).to_be_disabled()
    calm.get_by_role("button", name="Allow in this browser").click()
    expect(calm.get_by_text("Push messages are on in this browser.")).to_be_visible()
    expect(calm.get_by_role("checkbox", name="Points spent: push")).to_be_checked()
    assert [device.endpoint for device in push.devices(reader)] == ["https://fcm.googleapis.com/fcm/send/1"]
    calm.get_by_role("button", name="Switch push off").click()
    expect(calm.get_by_role("checkbox", name="Points spent: push")).to_be_disabled()
    assert push.devices(reader) == []


def test_the_service_worker_shows_what_is_pushed_and_only_that(page: Page, context: BrowserContext, enter: Callable[[Member], None], reader: Member) -> None:
    """The browser's own push event: a push service is all that is missing. A repetition replaces the first on the screen."""
    context.grant_permissions(["notifications"])
    enter(reader)
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    browser_side = context.new_cdp_session(page)
    found: list[str] = []
    browser_side.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(one["registrationId"] for one in event["registrations"]))
    browser_side.send("ServiceWorker.enable")
    address = page.evaluate("location.origin")
    pushed = ({"title": "Available now", "body": "240", "url": "/history/", "tag": "m1", "lang": "en"}, {"title": "Paid", "body": "5", "tag": "m2"})
    for data in (json.dumps(pushed[0]), json.dumps(pushed[0]), json.dumps(pushed[1]), "not ours", "{}"):
        browser_side.send("ServiceWorker.deliverPushMessage", {"origin": address, "registrationId": found[0], "data": data})
    shown = """async () => {
        const worker = await navigator.serviceWorker.ready;
        for (let tries = 0; tries < 100 && (await worker.getNotifications()).length < 2; tries += 1) await new Promise((done) => setTimeout(done, 50));
        return (await worker.getNotifications()).map((one) => [one.title, one.body, one.tag, one.data?.url ?? null]).sort();
    }"""
    assert page.evaluate(shown) == [["Available now", "240", "m1", "/history/"], ["Paid", "5", "m2", None]]


def test_the_inbox_pages_counts_and_reads(calm: Page, enter: Callable[[Member], None], reader: Member) -> None:
    enter(reader)
    calm.goto("/")
    calm.get_by_role("link", name="Messages, 23 new").click()
    expect(calm.locator("a.row.top")).to_have_count(20)
    calm.get_by_role("link", name="Show earlier").click()
    expect(calm.locator("a.row.top")).to_have_count(23)
    calm.locator("a.row.top").first.click()
    expect(calm.get_by_role("link", name="Messages, 22 new")).to_be_visible()
    calm.goto("/inbox/")
    calm.get_by_role("button", name="Mark all as read").click()
    expect(calm.get_by_role("link", name="Messages, ")).to_have_count(0)
    assert inbox.unread(reader.pk) == 0


def test_a_letter_about_a_purchase_and_its_answer(page: Page, enter: Callable[[Member], None], reader: Member) -> None:
    enter(reader)
    page.goto("/write/")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_role("alert")).to_contain_text("Check 1 field")
    page.get_by_label("What it is about").select_option(label="Points and purchases")
    page.get_by_label("Purchase", exact=True).select_option(index=1)
    page.get_by_label("Your letter", exact=True).fill("Where are my points?")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_text("We have your letter")).to_be_visible()
    letter = ContactRequest.objects.get()
    assert letter.order_ref is not None
    contact_requests.answer(letter.pk, text="They came on Monday.", author=StaffFactory(), sender=current_sender(), now=timezone.now())
    page.goto("/inbox/")
    page.get_by_role("link", name=f"Answer to your letter No. {letter.pk}").click()
    expect(page.get_by_text("They came on Monday.")).to_be_visible()
    page.get_by_role("link", name="See the letter").click()
    expect(page.get_by_role("heading", name="Our answer")).to_be_visible()
    expect(page.get_by_text("Where are my points?")).to_be_visible()
