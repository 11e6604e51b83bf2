"""Every page of the cabinet: accessible in both themes, quiet, and never wider than the screen."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import Member
from loyalty.models import Order

PRIVATE = ["/", "/history/", "/history/?kind=pending", "/history/?kind=expired", "/history/?kind=returns", "/card/"]
PUBLIC = ["/", "/rules/", "/privacy/", "/offline/"]


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one, n) => { if (n < 4) one.open = true })")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_on_a_members_pages(calm: Page, enter: Callable[[Member], None], member: Member, theme: str, language: str) -> None:
    member.user.language, member.user.theme = language, theme  # type: ignore[union-attr]
    member.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    enter(member)
    order = Order.objects.get(external_id="paid")
    for address in [*PRIVATE, f"/orders/{order.pk}/"]:
        calm.goto(address)
        open_everything(calm)
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_public_pages(calm: Page, programme: object, theme: str) -> None:
    calm.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for address in PUBLIC:
        calm.goto(address)
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_axe_finds_nothing_on_a_newcomers_pages(calm: Page, enter: Callable[[Member], None], newcomer: Member) -> None:
    enter(newcomer)
    for address in PRIVATE:
        calm.goto(address)
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways(calm: Page, enter: Callable[[Member], None], member: Member, width: int) -> None:
    member.user.language = "ru"  # type: ignore[union-attr]
    member.user.save(update_fields=["language"])  # type: ignore[union-attr]
    calm.set_viewport_size({"width": width, "height": 844})
    for address in PUBLIC:
        calm.goto(address)
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address
    enter(member)
    order = Order.objects.get(external_id="paid")
    for address in [*PRIVATE, f"/orders/{order.pk}/"]:
        calm.goto(address)
        open_everything(calm)
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address


def test_targets_are_big_enough_for_a_thumb(calm: Page, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    for address in ["/", "/history/", "/card/"]:
        calm.goto(address)
        small = calm.evaluate(
            """() => [...document.querySelectorAll('a, button, select, summary')]
                .filter(one => one.checkVisibility() && !one.closest('.vh, p:not(.next)'))
                .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
                .filter(([, box]) => box.height < 44)
                .map(([text, box]) => `${text}: ${box.height}`)"""
        )
        assert small == [], address
