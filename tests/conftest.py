"""What all tests share: the database that may be flushed, the browser, and skips that CI refuses."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.core.signals import request_finished, request_started
from django.db import connection, transaction
from django.utils import translation
from zeal.listeners import _nplusone_context

from tests import embedded, flushing
from tests.browser import CHROMIUM_FLAGS, chromium

LONGEST_ID = 80
# As long as a busy live server may take for calls that nobody waits for any more.
LIVE_SECONDS = 30.0
REQUIRE_ALL = os.environ.get("ZHETON_REQUIRE_ALL") == "1"
# Checks over the real data run by `make realdata` alone.
collect_ignore = [] if os.environ.get("ZHETON_DATA") else ["realdata"]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long value goes by its beginning and length: as a whole it would stand in every name, report and message of its tests."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        return f"{argname}={val[:20]!a}…{len(val)}"
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what runs on both homes, and skip, with a reason, what this run has no server or browser for."""
    if "embedded" in config.getoption("markexpr"):
        for item in items:
            if embedded.concerns_both(str(item.module.__name__)):
                item.add_marker("embedded")
    missing: dict[str, str] = {}
    if connection.vendor != "postgresql":
        missing["postgres"] = "needs PostgreSQL: set DATABASE_URL=postgres://…"
    if not os.environ.get("REDIS_URL"):
        missing["redis"] = "needs Redis: set REDIS_URL=redis://…"
    if not chromium():
        missing["browser"] = "needs Chromium: install it, or set CHROMIUM to its path"
    for item in items:
        if {"page", "browser", "context", "new_context"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("browser"):
            # Playwright's sync interface keeps an event loop in the test's thread, where Django would refuse the database.
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With ZHETON_REQUIRE_ALL=1 a skipped test is a failed one."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and ZHETON_REQUIRE_ALL=1 refuses skips: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _flush_knows_append_only_tables() -> Iterator[None]:
    handle = flush.Command.handle
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", lambda self, **options: flushing.empty(self, handle, **options))
        yield


@pytest.fixture(scope="session", autouse=True)
def _repeated_work_is_no_n_plus_one() -> Iterator[None]:
    """What a transaction did is done again after a deadlock or a lost race: its queries count anew."""
    leave = transaction.Atomic.__exit__

    def forget(self: transaction.Atomic, kind: Any, error: Any, traceback: Any) -> Any:
        if kind is not None:
            _nplusone_context.get().calls.clear()
        return leave(self, kind, error, traceback)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction.Atomic, "__exit__", forget)
        yield


@pytest.fixture(autouse=True)
def _calls_of_the_live_server_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a client no longer waits for is still under way: it would meet tables that are being flushed, and remember what was in them."""
    if not {"live_server", "base_url", "page"} & set(request.fixturenames):
        yield
        return
    # Flushes after this fixture is torn down.
    request.getfixturevalue("transactional_db")
    answering: set[int] = set()

    def begin(**_: Any) -> None:
        answering.add(threading.get_ident())

    def end(**_: Any) -> None:
        answering.discard(threading.get_ident())

    request_started.connect(begin)
    request_finished.connect(end)
    yield
    until, pause = time.monotonic() + LIVE_SECONDS, threading.Event()
    while answering - {threading.get_ident()} and time.monotonic() < until:
        pause.wait(0.02)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """The cache table rolls back with the test; Redis has to be emptied."""
    yield
    if os.environ.get("REDIS_URL"):
        cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """A page that a test before opened leaves its language to the thread, and texts are written into the column of the language."""
    translation.deactivate()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The machine's own Chromium, headless."""
    return {"executable_path": chromium(), "args": CHROMIUM_FLAGS, "headless": True}


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    """Pages are opened by path: `page.goto("/card/")`. Wanting a page starts the server."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent
