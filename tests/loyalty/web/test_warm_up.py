"""A web process answers its front page to nobody before it takes calls."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connections

from loyalty.web.warm_up import warm_up


def test_the_front_page_is_asked_for_in_every_language_and_read_to_its_end() -> None:
    calls: list[dict[str, Any]] = []
    ended: list[str] = []

    class Answer:
        def __iter__(self) -> Iterator[bytes]:
            yield b"page"
            ended.append("read")

        def close(self) -> None:
            ended.append("closed")

    def application(call: dict[str, Any], _start: object) -> Answer:
        calls.append(call)
        return Answer()

    warm_up(application)
    assert [(call["PATH_INFO"], call["HTTP_ACCEPT_LANGUAGE"]) for call in calls] == [("/", language) for language, _name in settings.LANGUAGES]
    assert ended == ["read", "closed"] * len(settings.LANGUAGES)


@pytest.fixture
def _kept_connection() -> Iterator[None]:
    """As Django's test client does: a call's end doesn't take the test's transaction along."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("_kept_connection")
def test_the_page_is_answered_and_no_connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    monkeypatch.setattr(connections, "close_all", lambda: pages.append("hung up"))
    application = get_wsgi_application()
    warm_up(lambda call, _start: application(call, lambda status, _headers, _error=None: pages.append(status)))
    assert pages == [*["200 OK"] * len(settings.LANGUAGES), "hung up"]
