"""What all tests share: the database that may be flushed, the browser, and skips that CI refuses."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.core.management.commands import flush
from django.db import OperationalError, connection, connections

from loyalty.domain import ledger
from tests.browser import CHROMIUM_FLAGS, chromium

REQUIRE_ALL = os.environ.get("ZHETON_REQUIRE_ALL") == "1"
# Checks over the real data run by `make realdata` alone.
collect_ignore = [] if os.environ.get("ZHETON_DATA") else ["realdata"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this run has no server or browser for."""
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
def _flush_lifts_triggers() -> Iterator[None]:
    """Tests that flush tables lift the append-only triggers for that moment, and empty the cache table too."""
    handle = flush.Command.handle

    def flush_append_only_tables(self: flush.Command, **options: Any) -> None:
        alias = options["database"]
        _against_open_transactions(alias, lambda: ledger.remove_triggers(alias))
        try:
            _against_open_transactions(alias, lambda: handle(self, **options))
            cache.clear()
        finally:
            ledger.install_triggers(alias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", flush_append_only_tables)
        yield


def _against_open_transactions(alias: str, action: Callable[[], object]) -> None:
    """Do it; where locks forbid it, end the transactions that a failed test left open, and do it then."""
    try:
        action()
    except (OperationalError, CommandError):
        if connections[alias].vendor != "postgresql":
            raise
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
        action()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """The cache table rolls back with the test; Redis has to be emptied."""
    yield
    if os.environ.get("REDIS_URL"):
        cache.clear()


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
