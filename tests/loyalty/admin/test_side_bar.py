"""The side bar: each page says itself where it stands, and staff see what they may."""

import pytest
from django.contrib import admin

from loyalty.admin.base import Section
from loyalty.domain.programme import ADMINISTRATOR, MARKETING
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def shown(role: str = ADMINISTRATOR) -> dict[str, list[str]]:
    """Sections with the addresses of their pages."""
    page = staff_client(role).get("/admin/")
    return {str(group["title"]): [str(item["link"]) for item in group["items"]] for group in page.context["sidebar_navigation"]}


def test_every_page_of_ours_stands_in_it_once() -> None:
    links = [link for group in shown().values() for link in group]
    assert len(links) == len(set(links)) == sum(hasattr(page, "menu") for page in admin.site._registry.values())
    assert "/admin/quests/quest/" in links


def test_sections_and_pages_keep_their_order() -> None:
    found = shown()
    assert list(found) == [str(section.label) for section in Section]
    pages = {f"/admin/{model._meta.app_label}/{model._meta.model_name}/": page for model, page in admin.site._registry.items()}
    for links in found.values():
        positions = [pages[link].menu.position for link in links]  # type: ignore[attr-defined]
        assert positions == sorted(set(positions))


def test_what_somebody_may_not_see_is_not_there() -> None:
    links = [link for group in shown(MARKETING).values() for link in group]
    assert "/admin/quests/quest/" in links
    assert "/admin/accounts/user/" not in links
    assert "/admin/accounts/user/" in [link for group in shown().values() for link in group]
