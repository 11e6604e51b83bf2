"""The link of a mail: GET asks, POST leaves, without a log-in; and a way back."""

import pytest
from django.test import Client

from accounts.domain.notifications import preferences, unsubscribe
from accounts.domain.notifications.unsubscribe import Leaving
from accounts.models import Member
from accounts.models.notification import Category, Channel

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client: Client) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def address(member: Member, category: Category = Category.POINTS_SPENT) -> str:
    return unsubscribe.link(Leaving(member.pk, category, Channel.EMAIL), site_url="")


def is_on(member: Member, category: Category = Category.POINTS_SPENT) -> bool:
    return preferences.load([member.pk])[member.pk].wants(category, Channel.EMAIL)


def test_opening_the_link_changes_nothing(client: Client, member: Member) -> None:
    page = client.get(address(member))
    assert page.status_code == 200
    assert "No more of these messages?" in page.content.decode()
    assert is_on(member)


def test_a_press_leaves_and_another_comes_back(member: Member) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    page = browser.post(address(member), {"List-Unsubscribe": "One-Click"})
    assert "Nothing more about “Points spent”" in page.content.decode()
    assert not is_on(member)
    assert "again" in browser.post(address(member), {"back": "1"}).content.decode()
    assert is_on(member)


def test_security_stays(client: Client, member: Member) -> None:
    page = client.post(address(member, Category.SECURITY))
    assert "This one stays" in page.content.decode()
    assert is_on(member, Category.SECURITY)


def test_nobody_comes_back_by_a_contact_that_is_not_confirmed(client: Client, member: Member) -> None:
    client.post(address(member))
    member.user.emailaddress_set.update(verified=False)  # type: ignore[union-attr]
    assert "Not possible just now" in client.post(address(member), {"back": "1"}).content.decode()
    assert not is_on(member)


def test_a_broken_link_says_what_to_do(client: Client, member: Member) -> None:
    page = client.get(address(member)[:-3] + "/")
    assert page.status_code == 404
    assert "The link is not complete" in page.content.decode()
