"""Language and theme."""

import pytest
from django.test import Client

from accounts.models import Member
from tests.loyalty.views.pages import raw, text


def test_a_visitors_choice_lives_in_cookies(visitor: Client) -> None:
    response = visitor.post("/preferences/", {"language": "ru", "theme": "dark", "next": "/rules/"})
    assert (response.status_code, response["Location"]) == (302, "/rules/")
    page = visitor.get("/")
    assert '<html lang="ru" data-theme="dark">' in raw(page)
    assert "Одна карта" in text(page)


def test_a_members_choice_lives_with_the_member(client: Client, member: Member) -> None:
    client.post("/preferences/", {"language": "ru"})
    client.post("/preferences/", {"theme": "light"})
    member.user.refresh_from_db()  # type: ignore[union-attr]
    assert (member.user.language, member.user.theme) == ("ru", "light")  # type: ignore[union-attr]
    del client.cookies["django_language"]
    page = raw(client.get("/", headers={"Accept-Language": "en"}))
    assert '<html lang="ru" data-theme="light">' in page


def test_without_a_choice_the_browser_decides(visitor: Client) -> None:
    assert '<html lang="en">' in raw(visitor.get("/"))
    assert '<html lang="ru">' in raw(visitor.get("/", headers={"Accept-Language": "ru"}))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_site(visitor: Client, target: str) -> None:
    assert visitor.post("/preferences/", {"theme": "dark", "next": target})["Location"] == "/"


def test_unknown_values_change_nothing(client: Client, member: Member) -> None:
    response = client.post("/preferences/", {"language": "xx", "theme": "neon"})
    member.user.refresh_from_db()  # type: ignore[union-attr]
    assert (member.user.language, member.user.theme) == ("en", "auto")  # type: ignore[union-attr]
    assert not response.cookies


def test_looking_changes_nothing(client: Client) -> None:
    assert client.get("/preferences/").status_code == 405


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_the_look() -> None:
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    response = strict.post("/preferences/", {"theme": "dark"})
    assert response.status_code == 403
    assert "The form is out of date" in text(response)
