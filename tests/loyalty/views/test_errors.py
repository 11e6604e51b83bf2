"""Error pages."""

import logging
import re

import pytest
from django.test import Client, RequestFactory

from loyalty.views import history
from loyalty.views.errors import server_error
from tests.loyalty.views.pages import text


def test_404_is_in_the_look_and_not_indexed(visitor: Client) -> None:
    response = visitor.get("/nowhere/")
    assert response.status_code == 404
    assert response["X-Robots-Tag"] == "noindex"
    assert "There is no such page" in text(response)


def test_500_gives_the_number_that_the_log_has(client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(history.read, "partners_of", broken)
    client.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        response = client.get("/history/?partner=secret")
    assert response.status_code == 500
    number = re.search(r"[0-9A-F]{4}-[0-9A-F]{2}", text(response))
    assert number is not None
    incidents = [record for record in caplog.records if record.name == "loyalty.incident"]
    assert [record.getMessage() for record in incidents] == [f"incident {number[0]} at /history/"]
    assert incidents[0].exc_info
    assert "django.request" not in {record.name for record in caplog.records}


def test_500_needs_no_database(rf: RequestFactory) -> None:
    # Without the db fixture any query would raise.
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert response["X-Robots-Tag"] == "noindex"
