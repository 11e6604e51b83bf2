"""A partner's desk in a real browser: from the mail with the invitation to what members see after the operator published it."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from loyalty.domain import programme
from partners.domain import changes, listing
from partners.enums import DeskRole
from partners.models import ChangeKind, Partner, PartnerUser
from tests.factories.desk import desk_client, make_seat
from tests.factories.partners import make_outlet
from tests.factories.staff import staff_client

DESK = "/desk/bakery/"
PAGES = ["", "listing/", "listing/edit/", "listing/outlets/", "listing/outlets/new/", "people/", "people/invite/", "more/"]


@pytest.fixture
def _media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def shop(bakery: Partner, _media: None) -> Partner:
    bakery.description = "Bread since 1990."
    bakery.save(update_fields=["description"])
    make_outlet(bakery, name="Bakery on Tverskaya")
    return bakery


@pytest.fixture
def manager(shop: Partner) -> PartnerUser:
    return make_seat(shop, DeskRole.MANAGER, email="boss@example.org")


@pytest.fixture
def come_in(context: BrowserContext, base_url: str) -> Callable[[Client], None]:
    """Let the browser go on as a test client."""

    def take_over(client: Client) -> None:
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        context.clear_cookies()
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])

    return take_over


def photo(path: Path) -> str:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((900, 600)).convert("RGB").save(out, "JPEG")
    (path / "counter.jpg").write_bytes(out.getvalue())
    return str(path / "counter.jpg")


def found_in_mail(pattern: str) -> str:
    found = re.search(pattern, str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.parametrize("size", [{"width": 390, "height": 844}, {"width": 1280, "height": 800}], ids=["phone", "desktop"])
def test_from_the_invitation_to_the_published_listing(
    calm: Page, come_in: Callable[[Client], None], context: BrowserContext, manager: PartnerUser, shop: Partner, tmp_path: Path, size: Any
) -> None:
    calm.set_viewport_size(size)
    # The manager invites an editor …
    come_in(desk_client(manager))
    calm.goto(f"{DESK}more/")
    calm.get_by_role("link", name="People").click()
    calm.get_by_role("link", name="Invite").click()
    calm.get_by_label("E-mail").fill("editor@example.org")
    calm.get_by_label("Role").select_option("editor")
    calm.get_by_role("button", name="Send the invitation").click()
    expect(calm.get_by_role("status")).to_contain_text("on its way to editor@example.org")
    # … who opens the link of the mail without a log-in, and proves the address.
    context.clear_cookies()
    calm.goto(found_in_mail(r"(/invitations/\S+)"))
    calm.get_by_role("button", name="Get the code").click()
    calm.get_by_label("6 digits").fill(found_in_mail(r"\b(\d{6})\b"))
    calm.get_by_role("button", name="Confirm").click()
    expect(calm).to_have_url(re.compile(f"{DESK}$"))
    # Texts and a photo are kept and sent for review.
    calm.get_by_role("navigation", name="Partner's sections").get_by_role("link", name="Listing").click()
    calm.get_by_role("link", name="Edit", exact=True).click()
    calm.get_by_label("Short line", exact=True).fill("Warm bread all day")
    calm.get_by_label("Description", exact=True).fill("Bread since 1990. Dogs are welcome.")
    calm.get_by_label("Add a photo").set_input_files(photo(tmp_path))
    calm.get_by_label("What the photo shows").fill("The counter")
    calm.get_by_role("button", name="Keep as a draft").click()
    expect(calm.get_by_role("img", name="Photo 1")).to_be_visible()
    expect(calm.locator("ins").filter(has_text="Dogs are welcome.")).to_be_visible()
    calm.get_by_role("button", name="Send for review").click()
    expect(calm.get_by_text("Bread since 1990.", exact=True)).to_be_visible()
    expect(calm.get_by_role("link", name=re.compile("Texts and pictures.*under review", re.DOTALL))).to_be_visible()
    editor = context.cookies()
    # The operator compares both versions and sends them back, then publishes what comes again.
    _decide(context, come_in, reject="Say since when dogs are welcome.")
    context.clear_cookies()
    context.add_cookies(editor)
    calm.goto(DESK)
    calm.get_by_role("link", name=re.compile("Say since when dogs are welcome.")).click()
    calm.get_by_role("button", name="Take up again").click()
    calm.get_by_label("Description", exact=True).fill("Bread since 1990. Dogs are welcome since May.")
    calm.get_by_role("button", name="Send for review").click()
    _decide(context, come_in)
    # Members see it.
    shop.refresh_from_db()
    assert listing.read(shop, language="en").photos[0].alt == "The counter"
    context.clear_cookies()
    calm.goto(f"/partners/{shop.slug}/")
    expect(calm.get_by_text("Dogs are welcome since May.")).to_be_visible()
    context.add_cookies(editor)
    calm.goto(f"{DESK}listing/")
    expect(calm.get_by_role("img", name="The counter")).to_be_visible()
    assert calm.get_by_role("img", name="The counter").evaluate("one => one.complete && one.naturalWidth > 0")


def _decide(context: BrowserContext, come_in: Callable[[Client], None], reject: str = "") -> None:
    """The operator's part, in a page of its own: the admin's own scripts may say what they like."""
    come_in(staff_client(programme.CATALOGUE_EDITOR, email=f"op{len(mail.outbox)}@example.org"))
    page = context.new_page()
    page.goto("/admin/partners/listingchange/")
    page.get_by_role("link", name=re.compile("texts and pictures", re.IGNORECASE)).first.click()
    expect(page.locator("ins").filter(has_text="Dogs are welcome")).to_be_visible()
    if reject:
        page.get_by_label("Reason").fill(reject)
        page.get_by_role("button", name="Reject").click()
    else:
        page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The change")).to_be_visible()
    page.close()


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_axe_finds_nothing(calm: Page, come_in: Callable[[Client], None], manager: PartnerUser, language: str, theme: str) -> None:
    changed = _with_changes(manager)
    manager.user.language, manager.user.theme = language, theme
    manager.user.save(update_fields=["language", "theme"])
    come_in(desk_client(manager))
    for address in [*PAGES, *changed, f"people/{manager.pk}/"]:
        calm.goto(f"{DESK}{address}")
        found = Axe().run(calm)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


def test_axe_finds_nothing_on_the_invitation_and_the_choice(
    calm: Page, context: BrowserContext, come_in: Callable[[Client], None], manager: PartnerUser
) -> None:
    client = desk_client(manager)
    client.post(f"{DESK}people/invite/", {"email": "new@example.org", "role": "viewer"})
    context.clear_cookies()
    calm.goto(found_in_mail(r"(/invitations/\S+)"))
    assert Axe().run(calm).violations_count == 0
    PartnerUser.objects.create(partner=Partner.objects.create(slug="cheese", name="Cheese"), user=manager.user)
    come_in(client)
    calm.goto("/desk/")
    expect(calm.get_by_role("link", name=re.compile("Cheese"))).to_be_visible()
    assert Axe().run(calm).violations_count == 0


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_scrolls_sideways_and_targets_fit_a_thumb(calm: Page, come_in: Callable[[Client], None], manager: PartnerUser, width: int) -> None:
    changed = _with_changes(manager)
    manager.user.language = "ru"
    manager.user.save(update_fields=["language"])
    calm.set_viewport_size({"width": width, "height": 844})
    come_in(desk_client(manager))
    for address in [*PAGES, *changed]:
        calm.goto(f"{DESK}{address}")
        assert calm.evaluate("document.documentElement.scrollWidth") <= width, address
        small = calm.evaluate(
            """() => [...document.querySelectorAll('main :is(.btn, .row, .inp)')].filter(one => one.checkVisibility())
                .map(one => [one.textContent.trim(), one.getBoundingClientRect().height]).filter(([, height]) => height < 44)"""
        )
        assert small == [], address


def _with_changes(manager: PartnerUser) -> list[str]:
    """A draft with pictures' texts, a waiting and a rejected change; their pages."""
    shop, now = manager.partner, timezone.now()
    changes.draft(shop, kind=ChangeKind.LISTING, values={"description": "Bread since 1890, by hand.", "short_line": "Warm"}, by_id=None, now=now)
    first = changes.draft(shop, kind=ChangeKind.OUTLET, values={"phone": "+7 900 000-00-00"}, by_id=None, now=now, outlet=shop.outlets.get(), send=True)
    second = changes.draft(shop, kind=ChangeKind.NEW_OUTLET, values={"name": "Second", "city": "Tula"}, by_id=None, now=now, send=True)
    assert first
    assert second
    changes.reject(second, reason="The address is missing.", by_id=None, now=now)
    return [f"listing/changes/{first.pk}/", f"listing/changes/{second.pk}/"]
