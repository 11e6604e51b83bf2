"""Error pages."""

import logging
import re

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client, RequestFactory

from loyalty.views import history
from loyalty.web.errors import server_error
from tests.loyalty.views.pages import text


def test_404_is_in_the_look_and_not_indexed(visitor: Client) -> None:
    response = visitor.get("/nowhere/")
    assert response.status_code == 404
    assert response["X-Robots-Tag"] == "noindex"
    assert "There is no such page" in text(response)


def test_500_gives_the_number_that_the_log_has(client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(history.cabinet, "partners_of", broken)
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


@pytest.mark.parametrize("where", ["view", "middleware"])
def test_a_database_out_of_reach_is_503_with_a_time_to_come_back(where: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("the database server doesn't answer")

    target = {"view": (history.cabinet, "partners_of"), "middleware": (SessionStore, "load")}[where]
    monkeypatch.setattr(*target, away)
    client.raise_request_exception = False
    response = client.get("/history/")
    assert (response.status_code, response["Retry-After"], response["X-Robots-Tag"]) == (503, "5", "noindex")
    # Where the session failed, nobody's language is known yet.
    assert {"view": "Out of reach for a moment", "middleware": "Сейчас не отвечаем"}[where] in text(response)


def test_our_own_mistakes_are_no_outage(rf: RequestFactory) -> None:
    try:
        raise OperationalError("no such table: loyalty_order")
    except OperationalError:
        assert server_error(rf.get("/")).status_code == 500


def test_500_needs_no_database(rf: RequestFactory) -> None:
    # Without the db fixture any query would raise.
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert response["X-Robots-Tag"] == "noindex"
