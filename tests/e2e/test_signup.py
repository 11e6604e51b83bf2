"""Signing up in a real browser: both codes read from the outbox, the points at home, a passkey; every page accessible and quiet."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Member
from loyalty.models import Programme
from tests.factories.accounts import MemberFactory

DOORS = ["/accounts/login/", "/accounts/login/?with=password", "/accounts/signup/", "/accounts/password/reset/", "/accounts/claim/", "/dev/outbox/"]
PHONE, EMAIL = "+7 900 123-00-42", "maria@example.org"


@pytest.fixture
def outbox(settings: pytest.FixtureRequest, tmp_path: Path, programme: Programme) -> None:
    """Mails and texts go where /dev/outbox/ shows them."""
    settings.DEBUG = True  # type: ignore[attr-defined]
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "accounts.mail.OutboxEmailBackend"  # type: ignore[attr-defined]
    settings.SMS_BACKEND = "outbox"  # type: ignore[attr-defined]
    settings.NOTIFY_IN_BACKGROUND = False  # type: ignore[attr-defined]


def code(page: Page, channel: str) -> str:
    """The newest code of a channel, read from the outbox in a tab of its own."""
    tab = page.context.new_page()
    tab.goto("/dev/outbox/")
    text = tab.locator(f"[data-channel={channel}] [data-text]").first.inner_text()
    tab.close()
    found = re.search(r"\b\d{6}\b", text)
    assert found, text
    return found[0]


def check(page: Page) -> None:
    """The page is accessible and no wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def begin(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Phone").fill(PHONE)
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("checkbox", name="I accept").check()
    page.get_by_role("button", name="Get the code").click()


@pytest.mark.parametrize(("size", "theme"), [((390, 844), "light"), ((1280, 800), "dark")])
def test_sign_up_with_both_codes_and_see_the_welcome_points(calm: Page, outbox: None, programme: Programme, size: tuple[int, int], theme: str) -> None:
    calm.set_viewport_size({"width": size[0], "height": size[1]})
    calm.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    calm.goto("/accounts/signup/")
    check(calm)
    calm.get_by_label("Phone").fill("+7 900 12")
    calm.get_by_label("E-mail").fill("you@example")
    calm.get_by_role("button", name="Get the code").click()
    expect(calm.get_by_text("The number lacks 5 digits")).to_be_visible()
    expect(calm.get_by_text("The ending seems to be missing: .org, .com")).to_be_visible()
    expect(calm.get_by_text("There is no card without consent")).to_be_visible()
    expect(calm.get_by_label("Phone")).to_have_value("+7 900 12")
    check(calm)

    begin(calm)
    expect(calm.get_by_role("heading", name="The code from the SMS")).to_be_visible()
    expect(calm.get_by_role("button", name=re.compile("A new code in 0:"))).to_be_disabled()
    check(calm)
    calm.get_by_label("6 digits").fill("000000" if code(calm, "sms") != "000000" else "111111")
    calm.get_by_role("button", name="Confirm").click()
    expect(calm.get_by_text("The code didn't match. 4 tries left")).to_be_visible()
    check(calm)
    calm.get_by_label("6 digits").fill(code(calm, "sms"))
    calm.get_by_role("button", name="Confirm").click()

    expect(calm.get_by_role("heading", name="The code from the mail")).to_be_visible()
    check(calm)
    calm.get_by_label("6 digits").fill(code(calm, "email"))
    calm.get_by_role("button", name="Confirm").click()

    expect(calm.get_by_role("heading", name="The card is ready")).to_be_visible()
    check(calm)
    calm.get_by_role("link", name="To my points").click()
    expect(calm.get_by_text(str(programme.welcome_points)).first).to_be_visible()
    assert Member.objects.get().user is not None


def test_the_number_can_be_changed_on_the_way(calm: Page, outbox: None) -> None:
    begin(calm)
    calm.get_by_role("button", name="Change the number").click()
    expect(calm.get_by_label("E-mail")).to_have_value(EMAIL)
    expect(calm.get_by_role("button", name="Get the code")).to_be_visible()


def test_without_scripts_the_way_is_the_same(new_context: Callable[..., object], base_url: str, outbox: None) -> None:
    page: Page = new_context(java_script_enabled=False).new_page()  # type: ignore[attr-defined]
    begin(page)
    page.get_by_label("6 digits").fill(code(page, "sms"))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("6 digits").fill(code(page, "email"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="The card is ready")).to_be_visible()


def test_a_passkey_is_made_and_logs_in(calm: Page, outbox: None, enter: Callable[[Member], None]) -> None:
    session = calm.context.new_cdp_session(calm)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    enter(MemberFactory(with_login=True))
    calm.goto("/accounts/passkeys/add/")
    check(calm)
    calm.get_by_role("button", name="Create the passkey").click()
    expect(calm.get_by_role("heading", name="Ways to log in")).to_be_visible()
    expect(calm.get_by_text("Passkey, since")).to_be_visible()
    calm.get_by_role("button", name=re.compile("^Log out")).first.click()
    calm.goto("/accounts/login/")
    check(calm)
    calm.get_by_role("button", name="Log in with a passkey").click()
    calm.wait_for_url(re.compile(r"^https?://[^/]+/$"))
    calm.goto("/profile/")
    expect(calm.get_by_role("heading", name="Ways to log in")).to_be_visible()


@pytest.mark.parametrize(("language", "theme", "width"), [("ru", "dark", 320), ("en", "light", 1280)])
def test_the_doors_are_accessible(calm: Page, base_url: str, outbox: None, language: str, theme: str, width: int) -> None:
    calm.context.add_cookies([{"name": "django_language", "value": language, "url": base_url}])
    calm.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    calm.set_viewport_size({"width": width, "height": 800})
    for address in DOORS:
        calm.goto(address)
        check(calm)


def test_claim_a_card(calm: Page, outbox: None) -> None:
    number = MemberFactory(phone="+79001230042", with_card=True).cards.get().number
    calm.goto("/accounts/claim/")
    calm.get_by_label("Card number").fill(f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:]}")
    calm.get_by_role("checkbox", name="I accept").check()
    calm.get_by_role("button", name="Get the code").click()
    expect(calm.get_by_text("•••-••-42")).to_be_visible()
    check(calm)
    calm.get_by_label("6 digits").fill(code(calm, "sms"))
    calm.get_by_role("button", name="Confirm").click()
    expect(calm.get_by_text("The card is yours. Welcome.")).to_be_visible()
