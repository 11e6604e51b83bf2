"""Quests and levels in a real browser: a till's order moves the page, lifts the level and the percentage; a return takes it back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from accounts.models import Member
from loyalty.domain import events
from loyalty.models import Order, Programme
from partners.models import Partner
from quests.enums import Starts
from tests.clock import watched
from tests.factories.cabinet import signed_in
from tests.factories.levels import give_tokens, make_ladder
from tests.factories.quests import make_quest
from tests.factories.till import Till, make_till, order

# From the till's answer to the page: the consumer takes the event at once, the page asks every 3 seconds.
WITHIN = 5.0


@pytest.fixture
def till(bakery: Partner, programme: Programme) -> Till:
    make_ladder()
    return make_till(bakery)


def sell(till: Till, who: Member, name: str) -> int:
    """A purchase over the API, seen by the quests' consumer; returns the order's id."""
    answer = till.post("orders/", order(name, {"card": who.cards.get().number}, "1000.00"))
    assert answer.status_code == 201, answer.content
    events.sweep(now=timezone.now(), only="quests")
    return Order.objects.get(external_id=name).pk


def expect_soon(shown: Locator) -> None:
    """It is on the page in the time promised."""
    with watched() as watch:
        expect(shown).to_be_visible(timeout=60_000)
    assert watch.within(WITHIN), watch


def bring_back(till: Till, name: str) -> None:
    body = {"external_id": f"{name}-back", "occurred_at": timezone.now().isoformat(), "lines": [{"sku": "S0", "name": "Goods 0", "amount": "1000.00"}]}
    answer = till.post(f"orders/{name}/returns/", body)
    assert answer.status_code == 201, answer.content
    events.sweep(now=timezone.now(), only="quests")


@pytest.mark.parametrize("width", [390, 1280])
def test_an_order_completes_a_quest_before_the_members_eyes_and_a_return_takes_it_back(
    calm: Page, enter: Callable[[Member], None], newcomer: Member, till: Till, width: int
) -> None:
    calm.set_viewport_size({"width": width, "height": 844})
    make_quest("two-breads", target=2, starts=Starts.TAKEN, personal_days=7, reward_tokens=12, title="Two breads")
    enter(newcomer)
    calm.goto("/quests/")
    calm.get_by_role("button", name="Take the quest").press("Enter")
    expect(calm.get_by_text("The quest is yours. Purchases count from now on")).to_be_visible()
    calm.locator(".back").click()
    expect(calm.get_by_role("progressbar", name="Two breads: 0 of 2")).to_be_visible()

    sell(till, newcomer, "A-1")
    expect_soon(calm.get_by_role("progressbar", name="Two breads: 1 of 2"))
    expect(calm.locator("#said")).to_contain_text("Two breads: 1 of 2")

    sell(till, newcomer, "A-2")
    dialog = calm.get_by_role("dialog", name="Латунь")
    expect_soon(dialog)
    expect(dialog.get_by_role("button", name="Next")).to_be_focused()
    # As it looks at rest: what is still fading in has no contrast yet.
    calm.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    assert Axe().run(calm).violations_count == 0
    calm.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect_soon(calm.get_by_role("heading", name="Level “Латунь”"))
    expect(calm.get_by_role("listitem").filter(has_text="Two breads")).to_contain_text("12 tokens")
    calm.reload()
    expect(calm.get_by_role("heading", name="Level “Латунь”")).to_be_visible()
    expect(calm.get_by_role("dialog")).to_have_count(0)

    calm.goto("/partners/bakery/")
    expect(calm.get_by_text("your level “Латунь”").first).to_be_visible()
    expect(calm.locator(".rate")).to_contain_text("11%")
    third = sell(till, newcomer, "A-3")
    calm.goto(f"/orders/{third}/")
    expect(calm.get_by_text("Level “Латунь” +1%")).to_be_visible()

    calm.goto("/quests/two-breads/")
    bring_back(till, "A-2")
    bring_back(till, "A-3")
    calm.reload()
    expect(calm.get_by_text("A return took the reward back")).to_be_visible()
    expect(calm.get_by_role("progressbar", name="Two breads: 1 of 2")).to_be_visible()
    calm.goto("/level/")
    expect(calm.get_by_text("took back tokens, and the level with them")).to_be_visible()
    expect(calm.locator(".ladder .now")).to_contain_text("Медь")


def test_without_scripts_a_quest_is_taken_and_a_level_up_is_acknowledged(
    new_context: Callable[..., BrowserContext], base_url: str, newcomer: Member, till: Till, programme: Programme
) -> None:
    make_quest("chosen", starts=Starts.TAKEN, title="Chosen")
    give_tokens(newcomer.pk, 12, at=timezone.now(), programme=programme)
    context = new_context(java_script_enabled=False)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(newcomer).cookies[settings.SESSION_COOKIE_NAME].value, "url": base_url}])
    page = context.new_page()
    page.goto(f"{base_url}/quests/")
    page.get_by_role("dialog", name="Латунь").get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{base_url}/quests/")
    page.get_by_role("button", name="Take the quest").click()
    expect(page.get_by_text("The quest is yours")).to_be_visible()
    page.goto(f"{base_url}/")
    page.get_by_role("link", name="What my level gives").click()
    expect(page.get_by_role("heading", name="Level “Латунь”")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    calm: Page, enter: Callable[[Member], None], newcomer: Member, till: Till, programme: Programme, theme: str, language: str
) -> None:
    newcomer.user.language, newcomer.user.theme = language, theme  # type: ignore[union-attr]
    newcomer.user.save(update_fields=["language", "theme"])  # type: ignore[union-attr]
    now = timezone.now()
    make_quest("one", target=1, reward_points=50)
    make_quest("five", target=5, ends_at=now + timedelta(days=9))
    make_quest("weeks", "weeks", target=6)
    make_quest("spend", "amount", target="50000.00")
    make_quest("chosen", starts=Starts.TAKEN, personal_days=7)
    make_quest("walk", "code", parameters={"codes": [{"code": "ZH-17", "title": "Bridge"}]})
    make_quest("quiz", "quiz", parameters={"questions": [{"id": "q", "text": "Tea?", "choices": ["Yes", "No"]}]})
    make_quest("later", starts_at=now + timedelta(days=3), visible_from=now - timedelta(days=3))
    sell(till, newcomer, "A-1")
    enter(newcomer)
    for address in ("/quests/", "/quests/five/", "/quests/weeks/", "/quests/walk/", "/quests/quiz/", "/level/", "/"):
        calm.goto(address, wait_until="networkidle")
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
        for width in (320, 1280, 390):
            calm.set_viewport_size({"width": width, "height": 844})
            assert calm.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
