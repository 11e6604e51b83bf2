"""The catalogue in a real browser, on a phone and on a desk."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from accounts.models import Member
from partners.domain import search
from partners.models import Category, Outlet, Partner
from tests.factories.cabinet import buy, signed_in
from tests.factories.loyalty import make_partner, moment
from tests.factories.partners import make_outlet

RED_SQUARE = {"latitude": 55.7539, "longitude": 37.6208}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
def shops(bakery: Partner) -> dict[str, Partner]:
    """A bakery with a name that is hard to fit, thirty small shops of one street, and a chain in another city."""
    bakery.name, bakery.description = "Пекарня «Тёплый хлеб и круассаны на Большой Никитской»", "Печём ночью, продаём утром."
    bakery.save(update_fields=["name", "description"])
    make_outlet(bakery, lat=55.7558, lng=37.6173, hours="24/7", phone="+7 495 123-45-67", address="Никольская улица, 1")
    made = {"bakery": bakery}
    books = Category.objects.create(slug="books", name_ru="Книги", name_en="Books", icon="book")
    for n in range(30):
        shop = make_partner(f"shop-{n:02}", base=f"{1 + n % 9}.5")
        shop.name, shop.category = f"Лавка {n:02}", books
        shop.save(update_fields=["name", "category"])
        make_outlet(shop, lat=55.75 + n * 0.001, lng=37.62, address=f"Арбат, {n + 1}")
        made[shop.slug] = shop
    far = make_partner("volga", base="3")
    make_outlet(far, city="Казань", lat=55.79, lng=49.11, address="улица Баумана, 5")
    made["volga"] = far
    search.refresh()
    return made


@pytest.fixture
def reader(shops: dict[str, Partner], enter: Callable[[Member], None], newcomer: Member) -> Member:
    """A member in front of the catalogue."""
    enter(newcomer)
    return newcomer


def pin(page: Page, name: str) -> Any:
    return page.locator(f'.pin[aria-label^="{name}"]')


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_searching_and_filtering_change_the_list_and_the_address(calm: Page, reader: Member, size: dict[str, Any]) -> None:
    calm.set_viewport_size(size)
    calm.goto("/partners/")
    expect(calm.locator("#said")).to_contain_text("32\u00a0partners, 32\u00a0outlets")
    calm.get_by_placeholder("Name or address").press_sequentially("хлеб")
    expect(calm.locator("#found .shop")).to_have_count(1)
    expect(calm.locator("#found h3")).to_have_text("Пекарня «Тёплый хлеб и круассаны на Большой Никитской»")
    assert "q=" in calm.url
    assert calm.evaluate("document.activeElement.id") == "q"
    calm.get_by_role("link", name="Reset all").click()
    expect(calm.locator("#said")).to_contain_text("32\u00a0partners")
    expect(calm.get_by_placeholder("Name or address")).to_have_value("")
    assert calm.url.endswith("/partners/")
    calm.get_by_role("link", name="Books 30").click()
    expect(calm.locator("#said")).to_contain_text("30\u00a0partners")
    assert calm.url.endswith("/partners/?category=books")
    calm.get_by_role("button", name="Filters").click()
    calm.get_by_label("City").select_option("Казань")
    expect(calm.locator("#said")).to_have_text("Nobody found")
    calm.get_by_role("button", name="Show", exact=True).click()
    expect(calm.get_by_role("heading", name="Nobody with all these filters")).to_be_visible()
    calm.get_by_role("link", name="Remove: Казань").click()
    expect(calm.locator("#said")).to_contain_text("30\u00a0partners")


def test_more_rows_join_the_list_and_are_there_again_after_going_back(calm: Page, reader: Member) -> None:
    calm.goto("/partners/?sort=name")
    expect(calm.locator("#found .shop")).to_have_count(24)
    calm.get_by_role("link", name="Show more").focus()
    calm.keyboard.press("Enter")
    expect(calm.locator("#found .shop")).to_have_count(32)
    assert calm.evaluate("[...document.querySelectorAll('#found h3 a')].indexOf(document.activeElement)") == 24
    last = calm.locator("#found h3 a").last
    last.scroll_into_view_if_needed()
    before = calm.evaluate("scrollY")
    last.click()
    calm.wait_for_url("**/partners/*/")
    calm.go_back()
    expect(calm.locator("#found .shop")).to_have_count(32)
    expect(last).to_be_in_viewport()
    assert before > 0


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_going_back_keeps_filters_view_and_place(calm: Page, reader: Member, size: dict[str, Any]) -> None:
    calm.set_viewport_size(size)
    calm.goto("/partners/?category=books")
    if size == PHONE:
        calm.get_by_text("Map", exact=True).click()
        assert "view=map" in calm.url
    expect(calm.locator(".pin, .cluster").first).to_be_visible()
    expect(calm).to_have_url(re.compile("#"))
    before = calm.url
    calm.get_by_role("button", name="Zoom in").click()
    expect(calm).not_to_have_url(before)
    here = calm.url
    calm.evaluate("document.querySelector('.tabs a[href=\"/history/\"]').click()")
    calm.wait_for_url("**/history/")
    calm.go_back()
    expect(calm.locator(".pin, .cluster").first).to_be_visible()
    assert calm.url == here
    assert calm.locator(".chip[aria-current]").inner_text().startswith("Books")
    # And back from filter to filter, without leaving the page.
    calm.get_by_role("link", name="All 32").click()
    expect(calm).not_to_have_url(re.compile("category"))
    calm.go_back()
    expect(calm).to_have_url(re.compile("category=books"))
    expect(calm.locator(".chip[aria-current]")).to_contain_text("Books")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_pin_opens_a_sheet_that_leads_to_the_partner(calm: Page, reader: Member, size: dict[str, Any]) -> None:
    calm.set_viewport_size(size)
    calm.goto("/partners/?view=map&q=хлеб")
    bread = pin(calm, "Пекарня")
    expect(bread).to_have_attribute("aria-label", "Пекарня «Тёплый хлеб и круассаны на Большой Никитской», 10%")
    bread.click()
    sheet = calm.locator(".sheet")
    expect(sheet.get_by_text("Никольская улица, 1")).to_be_visible()
    expect(sheet.get_by_text("around the clock")).to_be_visible()
    expect(bread).to_have_attribute("aria-current", "true")
    sheet.get_by_role("link", name="About the partner").click()
    expect(calm.get_by_role("heading", name="Пекарня")).to_be_visible()
    expect(calm.get_by_text("This outlet")).to_be_visible()
    calm.go_back()
    expect(calm.locator(".sheet").get_by_text("Никольская улица, 1")).to_be_visible()


def test_the_map_works_with_a_keyboard(calm: Page, reader: Member) -> None:
    calm.goto("/partners/?view=map&q=хлеб")
    bread = pin(calm, "Пекарня")
    bread.focus()
    calm.keyboard.press("Enter")
    expect(calm.locator(".sheet h3 a")).to_be_focused()
    calm.keyboard.press("Escape")
    expect(calm.locator(".sheet")).to_be_hidden()
    expect(bread).to_be_focused()
    ground = calm.locator(".leaflet-container")
    ground.focus()
    before = calm.url
    calm.keyboard.press("ArrowRight")
    expect(calm).not_to_have_url(before)


def test_the_place_is_asked_for_only_when_pressed_and_told_to_about_100_metres(calm: Page, context: BrowserContext, reader: Member) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 55.7539123, "longitude": 37.6208456})
    asked: list[str] = []
    calm.on("request", lambda request: asked.append(request.url))
    calm.goto("/partners/")
    assert [cookie for cookie in context.cookies() if cookie["name"] == "place"] == []
    calm.get_by_role("button", name="Near me").click()
    expect(calm.locator("#said")).to_contain_text("Nearest to you first")
    expect(calm.locator("#found .shop").first).to_contain_text("60\u00a0m")
    [place] = [cookie for cookie in context.cookies() if cookie["name"] == "place"]
    assert place["value"] == "55.754_37.621"
    assert place["path"] == "/partners/"
    assert not [url for url in asked if "55.75391" in url or "37.62084" in url]
    calm.reload()
    expect(calm.locator("#said")).to_contain_text("Nearest to you first")
    calm.get_by_text("Map", exact=True).click()
    expect(calm.get_by_role("img", name="You are here")).to_be_visible()
    calm.get_by_role("button", name="Filters").click()
    calm.get_by_role("button", name="Forget the place").click()
    calm.wait_for_url("**/partners/**")
    assert [cookie for cookie in context.cookies() if cookie["name"] == "place"] == []


def test_a_refused_place_leads_to_a_choice_of_cities_that_is_remembered(calm: Page, context: BrowserContext, reader: Member) -> None:
    calm.add_init_script("navigator.geolocation.getCurrentPosition = (_found, refused) => refused({ code: 1 })")
    calm.goto("/partners/")
    calm.get_by_role("button", name="Near me").click()
    expect(calm.get_by_text("The browser doesn’t tell your place")).to_be_visible()
    city = calm.locator(".ask").get_by_role("link", name="Казань")
    city.click()
    expect(calm.locator("#said")).to_contain_text("1\u00a0partner, 1\u00a0outlet. Nearest to the middle of Казань first")
    expect(calm.locator("#found h3")).to_have_text("Volga")
    calm.goto("/partners/")
    expect(calm.locator("#said")).to_contain_text("32\u00a0partners, 32\u00a0outlets. Nearest to the middle of Казань first")
    expect(calm.locator("#found h3").first).to_have_text("Volga")


def test_only_the_configured_host_is_asked_for_tiles(page: Page, shops: object, live_server: object, settings: Any) -> None:
    settings.MAP_TILES_URL = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings.MAP_TILES_ATTRIBUTION = "© Somebody"
    seen: list[str | None] = []
    pixel = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

    def answer(route: Route) -> None:
        seen.append(route.request.headers.get("referer"))
        route.fulfill(body=pixel, content_type="image/png")

    page.route("https://tiles.example.org/**", answer)
    page.goto("/partners/?view=map")
    expect(page.get_by_text("© Somebody")).to_be_visible()
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()
    # The host learns the site, never the address of the page.
    assert {referer and referer.count("/") for referer in seen} == {3}


def test_the_partners_page_has_everything_at_hand(calm: Page, reader: Member, shops: dict[str, Partner]) -> None:
    buy(reader, shops["bakery"], "A", moment("2026-01-10 12:00"), ("Bread", "640.00"))
    calm.goto("/partners/")
    calm.get_by_placeholder("Name or address").fill("хлеб")
    calm.locator("#found h3 a").first.click()
    expect(calm.locator(".rate .fig")).to_have_text("10%")
    expect(calm.get_by_text("An order of ₽1,000 brings 100\u00a0points")).to_be_visible()
    expect(calm.get_by_text("open around the clock")).to_be_visible()
    expect(calm.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+74951234567")
    expect(calm.get_by_text("1\u00a0purchase, 64\u00a0points in all")).to_be_visible()
    star = calm.get_by_role("button", name="Favourite")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    calm.goto("/partners/?favourites=1")
    expect(calm.locator("#found .shop")).to_have_count(1)


def test_a_member_tells_that_an_outlet_was_closed(calm: Page, reader: Member) -> None:
    calm.goto("/partners/bakery/")
    calm.get_by_text("Closed, or the card was refused?").click()
    calm.get_by_label("It was closed").check()
    calm.get_by_label("Comment").fill("Ремонт")
    calm.get_by_role("button", name="Tell the programme").click()
    expect(calm.get_by_role("status").get_by_text("Thank you. We will check it with the partner.")).to_be_visible()
    assert Outlet.objects.get(partner__slug="bakery").reports.get().comment == "Ремонт"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK])
def test_axe_finds_nothing(calm: Page, reader: Member, size: dict[str, Any], theme: str) -> None:
    reader.user.language, reader.user.theme = "ru", theme  # type: ignore[union-attr]
    reader.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    calm.set_viewport_size(size)
    for address in ["/partners/", "/partners/?view=map&q=хлеб", "/partners/?q=самокат", "/partners/bakery/"]:
        calm.goto(address)
        if "view=map" in address:
            pin(calm, "Пекарня").click()
            expect(calm.locator(".sheet h3")).to_be_visible()
        calm.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    calm.goto("/partners/")
    calm.locator("#more-filters").click()
    found = Axe().run(calm)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_nothing_for_visitors(calm: Page, shops: object) -> None:
    for address in ["/partners/", "/partners/bakery/"]:
        calm.goto(address)
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways(calm: Page, reader: Member, width: int) -> None:
    reader.user.language = "ru"  # type: ignore[union-attr]
    reader.user.save(update_fields=["language"])  # type: ignore[union-attr]
    calm.set_viewport_size({"width": width, "height": 844})
    for address in ["/partners/", "/partners/?view=map&q=хлеб", "/partners/?q=самокат&open=1&spend=1&city=Казань", "/partners/bakery/"]:
        calm.goto(address)
        calm.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_list_is_everything_without_scripts(browser: Browser, base_url: str, shops: object, newcomer: Member) -> None:
    context = browser.new_context(base_url=base_url, java_script_enabled=False, locale="en-GB", viewport={"width": 390, "height": 844})
    session = signed_in(newcomer).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])
    page = context.new_page()
    page.goto("/partners/?sort=name")
    expect(page.get_by_text("Map", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("#found .shop")).to_have_count(8)
    page.goto("/partners/")
    page.get_by_placeholder("Name or address").fill("хлеб")
    page.get_by_role("button", name="Apply").first.click()
    expect(page.locator("#found .shop")).to_have_count(1)
    page.goto("/partners/")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("City").select_option("Казань")
    page.locator("#filters").get_by_role("button", name="Apply").click()
    expect(page.locator("#found h3")).to_have_text("Volga")
    page.locator("#found h3 a").click()
    page.get_by_role("button", name="Favourite").click()
    expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    context.close()
