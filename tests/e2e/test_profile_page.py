"""The profile in a real browser: accessible, quiet, and its forms work."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.domain.consent import wants_marketing
from accounts.models import Member

PAGES = ["/profile/", "/profile/phone/", "/profile/email/", "/accounts/password/set/", "/accounts/logout/", "/accounts/passkeys/add/", "/accounts/signup/done/"]


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_axe_finds_nothing(calm: Page, enter: Callable[[Member], None], newcomer: Member, language: str, theme: str) -> None:
    newcomer.user.language, newcomer.user.theme = language, theme  # type: ignore[union-attr]
    newcomer.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    enter(newcomer)
    for address in [*PAGES, f"/profile/card/{newcomer.cards.get().pk}/replace/"]:
        calm.goto(address)
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways_and_targets_fit_a_thumb(calm: Page, enter: Callable[[Member], None], newcomer: Member, width: int) -> None:
    newcomer.user.language = "ru"  # type: ignore[union-attr]
    newcomer.user.save(update_fields=["language"])  # type: ignore[union-attr]
    calm.set_viewport_size({"width": width, "height": 844})
    enter(newcomer)
    for address in PAGES:
        calm.goto(address)
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address
    calm.goto("/profile/")
    small = calm.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main select')].filter(one => one.checkVisibility())
            .map(one => [one.textContent.trim(), one.getBoundingClientRect().height]).filter(([, height]) => height < 44)"""
    )
    assert small == []


def test_a_lost_card_gets_a_new_number(calm: Page, enter: Callable[[Member], None], newcomer: Member) -> None:
    enter(newcomer)
    old = newcomer.cards.get().number
    calm.goto("/profile/")
    calm.get_by_role("link", name="Block and replace").click()
    calm.get_by_label("Lost").check()
    calm.get_by_role("button", name="Block and replace").click()
    expect(calm.get_by_text("The old number no longer works. The new card is ready.")).to_be_visible()
    assert newcomer.cards.get(is_primary=True).number != old


def test_name_birthday_language_and_theme_are_kept(calm: Page, enter: Callable[[Member], None], newcomer: Member) -> None:
    enter(newcomer)
    calm.goto("/profile/")
    calm.get_by_label("First name").fill("Anna")
    calm.locator("form[aria-labelledby=nm]").get_by_role("button", name="Save").click()
    expect(calm.get_by_text("Saved.")).to_be_visible()
    calm.get_by_label("Day", exact=True).select_option("29")
    calm.get_by_label("Month", exact=True).select_option("2")
    calm.locator("form[aria-labelledby=bd]").get_by_role("button", name="Save").click()
    expect(calm.get_by_label("Day", exact=True)).to_have_value("29")
    calm.get_by_role("checkbox", name="Send me partners' offers").check()
    expect(calm.get_by_text("Saved.")).to_be_visible()
    assert wants_marketing(newcomer)
    calm.get_by_text("Dark", exact=True).click()
    expect(calm.locator("html")).to_have_attribute("data-theme", "dark")
    calm.get_by_label("Language", exact=True).select_option("ru")
    expect(calm.get_by_role("heading", name="Профиль")).to_be_visible()
    newcomer.refresh_from_db()
    assert (newcomer.first_name, newcomer.birth_day, newcomer.birth_month) == ("Anna", 29, 2)
    assert re.fullmatch("ru", newcomer.user.__class__.objects.get(pk=newcomer.user_id).language)
