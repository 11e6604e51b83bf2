"""Headers of every page."""

import re

import pytest
from django.test import Client

from accounts.models import Member
from tests.loyalty.views.pages import raw

PAGES = ["/", "/history/", "/card/", "/rules/", "/privacy/", "/offline/", "/nowhere/"]


@pytest.mark.parametrize("address", PAGES)
def test_pages_keep_the_strict_policy_and_have_nothing_inline(client: Client, address: str) -> None:
    response = client.get(address)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = raw(response)
    assert not re.search(r"<style\b|\sstyle=|\son\w+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", page))


def test_the_admin_alone_is_relaxed(visitor: Client) -> None:
    policy = visitor.get("/admin/login/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe" not in visitor.get("/administrator/")["Content-Security-Policy"]


def test_logging_out_wipes_what_the_browser_kept(client: Client) -> None:
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"storage"'
    assert "data-member" not in raw(client.get("/"))


def test_times_are_in_the_programmes_zone(client: Client, member: Member) -> None:
    assert "28 November, 12:00" in raw(client.get("/card/"))


def test_pages_are_compressed(client: Client) -> None:
    response = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
