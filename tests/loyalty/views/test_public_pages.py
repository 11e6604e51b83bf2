"""The front page, rules and personal data."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.factories.cabinet import BACKEND
from tests.factories.loyalty import make_programme, moment
from tests.loyalty.views.pages import raw, text

PUBLIC = ["/", "/rules/", "/privacy/"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_pages_can_be_found(visitor: Client, settings: Settings, address: str) -> None:
    settings.SITE_URL = "https://zheton.example"
    response = visitor.get(address)
    page = raw(response)
    assert response.status_code == 200
    assert "noindex" not in page
    assert "X-Robots-Tag" not in response
    assert f'<link rel="canonical" href="https://zheton.example{address}">' in page
    assert '<meta name="description" content="' in page


@pytest.mark.usefixtures("now")
def test_the_front_page_explains_points_with_the_programmes_own_numbers(visitor: Client) -> None:
    make_programme(name="Orbit", pending_days=3, welcome_points=1, spendable_share="30", point_value="0.5", lifetime_days=30, expiring_window_days=10)
    page = text(visitor.get("/"))
    assert "1 point That is ₽0.50 off" in page
    assert "An order of ₽1,000 at a partner that gives 5% brings 100 points." in page
    assert "Points come in 3 days: bought on 28 November, yours from 1 December." in page
    assert "100 points take ₽50 off. Of an order of ₽1,000 points can pay up to ₽300." in page
    assert "Points that come now last until 30 December. 10 days ahead" in page
    assert "Orbit" in page


def test_the_front_page_leads_to_sign_up_and_log_in(visitor: Client) -> None:
    page = raw(visitor.get("/"))
    assert 'href="/accounts/signup/"' in page
    assert 'href="/accounts/login/"' in page


def test_points_that_never_expire_and_come_at_once(visitor: Client) -> None:
    make_programme(pending_days=0, expiry_mode="never")
    page = text(visitor.get("/"))
    assert "Not at all: points come at once." in page
    assert "Points never expire." in page


@pytest.mark.usefixtures("now")
def test_the_rules_follow_the_settings_and_name_their_version(visitor: Client) -> None:
    make_programme(rules_version="2026-11", expiry_mode="year_end", rounding="half_up", return_shortfall="forgive", welcome_points=300)
    page = text(visitor.get("/rules/"))
    assert "Version 2026-11" in page
    assert "rounded to the nearest whole point" in page
    assert "At the end of the year in which 365 days have passed since they came." in page
    assert "can be spent until 31 December 2027 inclusive" in page
    assert "is forgiven" in page
    assert "we give 300 points, available at once" in page


def test_staff_without_a_card_get_a_way_to_the_administration(programme: object) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.create_superuser("boss@example.org", "secret-1234"), backend=BACKEND)
    assert "Open the administration" in text(client.get("/"))
    assert client.get("/history/")["Location"] == "/"


def test_robots(visitor: Client) -> None:
    response = visitor.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /admin/" in response.content.decode()


@pytest.mark.usefixtures("now")
def test_russian_is_the_first_language(programme: object) -> None:
    page = text(Client(headers={"Accept-Language": "fr"}).get("/"))
    assert "Одна карта. Один счёт. Все ваши магазины." in page
    assert "Баллы придут через 7 дней: купили 28 ноября, тратить можно с 5 декабря." in page
    assert moment("2026-11-28 00:00")
