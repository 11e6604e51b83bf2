"""How much the first page weighs on a cold cache."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from accounts.models import Member


def test_home_is_at_most_60_kilobytes_with_everything(page: Page, context: BrowserContext, enter: Callable[[Member], None], member: Member) -> None:
    enter(member)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    assert len(sizes) >= 5
    assert sum(sizes) <= 60 * 1024
