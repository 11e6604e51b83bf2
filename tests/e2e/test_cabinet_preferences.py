"""Language and theme in a real browser."""

from playwright.sync_api import Page, expect


def test_a_visitor_switches_language_and_theme(calm: Page, programme: object) -> None:
    calm.goto("/")
    expect(calm.get_by_role("heading", level=1)).to_have_text("One card. One balance. All your shops.")
    calm.get_by_role("button", name="Русский").click()
    expect(calm.get_by_role("heading", level=1)).to_have_text("Одна карта. Один счёт. Все ваши магазины.")
    calm.get_by_role("button", name="Тёмная тема").click()
    expect(calm.locator("html")).to_have_attribute("data-theme", "dark")
    expect(calm.locator("body")).to_have_css("color-scheme", "dark")
    calm.get_by_role("button", name="Светлая тема").click()
    expect(calm.locator("html")).to_have_attribute("data-theme", "light")


def test_the_theme_offered_is_the_other_one(calm: Page, programme: object) -> None:
    calm.emulate_media(color_scheme="dark")
    calm.goto("/")
    expect(calm.get_by_role("button", name="Light theme")).to_be_visible()
    expect(calm.get_by_role("button", name="Dark theme")).to_be_hidden()
