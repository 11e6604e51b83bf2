"""The work of support in a real browser: find a member by phone, give points, see the entry and the line in the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import Member, User
from loyalty.domain.programme import ADMINISTRATOR
from loyalty.enums import EntryKind
from loyalty.models import Entry, Programme
from partners.models import Partner
from tests.factories.staff import make_staff


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk with a large screen."""
    return {**browser_context_args, "viewport": {"width": 1440, "height": 900}, "locale": "ru-RU"}


@pytest.fixture
def come_in(context: BrowserContext, base_url: str) -> Callable[[User], None]:
    """Sign a staff user in to the browser."""

    def sign_in(user: User) -> None:
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": base_url}])

    return sign_in


def staff(role: str, language: str) -> User:
    user = make_staff(role)
    user.language = language
    user.save(update_fields=["language"])
    return user


def test_support_finds_a_member_by_phone_and_gives_points(calm: Page, come_in: Callable[[User], None], member: Member) -> None:
    member.phone = "+79001230042"
    member.save(update_fields=["phone"])
    come_in(staff(ADMINISTRATOR, "en"))
    calm.goto("/admin/")
    calm.get_by_label("Card number, phone, e-mail, customer number or name").fill("8 (900) 123-00-42")
    calm.get_by_role("button", name="Find").click()
    calm.locator("#result_list").get_by_role("link").last.click()
    calm.get_by_role("link", name="Adjust points").click()
    calm.get_by_label("Points").fill("100")
    calm.get_by_label("Reason").fill("A till was down")
    calm.get_by_role("button", name="Continue").click()
    expect(calm.get_by_text("+100")).to_be_visible()
    assert not Entry.objects.filter(kind=EntryKind.ADJUSTMENT).exists()
    calm.get_by_role("button", name="Post the adjustment").dblclick()
    expect(calm.get_by_text("100\u00a0points given to")).to_be_visible()
    row = calm.get_by_role("row").filter(has_text="A till was down")
    expect(row).to_contain_text("+100")
    entry = Entry.objects.get(kind=EntryKind.ADJUSTMENT)
    assert (entry.points, entry.actor.email if entry.actor else "") == (100, "administrator@example.org")
    calm.get_by_role("link", name="Audit log").click()
    calm.locator("#result_list").get_by_role("link").first.click()
    expect(calm.get_by_role("row").filter(has_text="points")).to_contain_text("+100")
    expect(calm.get_by_role("row").filter(has_text="reason")).to_contain_text("A till was down")


def test_the_pages_of_an_administrator_speak_russian(calm: Page, come_in: Callable[[User], None], member: Member, bakery: Partner) -> None:
    come_in(staff(ADMINISTRATOR, "ru"))
    calm.goto("/admin/")
    expect(calm.get_by_role("heading", name="Найти участника")).to_be_visible()
    calm.get_by_role("link", name="Партнёры").click()
    calm.locator("#result_list").get_by_role("link", name="Bakery").click()
    for words in ("Базовое начисление, %", "Действуют с", "Новые условия"):
        expect(calm.get_by_text(words).first).to_be_visible()
    calm.get_by_role("link", name="Новые условия").click()
    expect(calm.locator("#id_base_pct")).to_have_value("10.000")
    calm.get_by_role("link", name="Настройки программы").click()
    expect(calm.get_by_text("Баллы уже начислялись")).to_be_visible()


def test_visitors_log_in_on_the_common_page(page: Page, programme: object) -> None:
    page.goto("/admin/")
    assert "/accounts/login/" in page.url


def test_choosing_a_task_brings_its_fields_and_keeps_what_was_written(calm: Page, come_in: Callable[[User], None], programme: Programme) -> None:
    come_in(staff(ADMINISTRATOR, "en"))
    calm.goto("/admin/quests/quest/add/")
    task = calm.get_by_label("Asks for")
    calm.locator("#id_title_ru").fill("Morning round")
    expect(calm.locator("#id_hour_to")).to_have_count(0)
    task.select_option("hours")
    calm.locator("#id_hour_to").fill("11")
    task.select_option("quiz")
    expect(calm.locator("#id_questions")).to_be_visible()
    expect(calm.locator("#id_hour_to")).to_have_count(0)
    task.select_option("code")
    expect(calm.get_by_label("A code counts")).to_be_visible()
    expect(calm.locator("#id_title_ru")).to_have_value("Morning round")
    calm.get_by_role("button", name="Save", exact=True).click()
    # What is missing is said at the field of the task that is chosen now.
    expect(calm.get_by_text("This kind of quest needs one of: Codes.")).to_be_visible()
    expect(calm.locator("#id_title_ru")).to_have_value("Morning round")
