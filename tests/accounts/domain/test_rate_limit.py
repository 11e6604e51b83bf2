"""Counters that concurrent processes cannot outrun."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from accounts.domain import rate_limit
from accounts.domain.rate_limit import Limit
from accounts.models import RateLimit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIVE = (Limit("test", 5, 60),)


@pytest.mark.django_db
def test_the_sixth_of_five_is_one_too_many() -> None:
    assert [rate_limit.allow(FIVE, key="a", now=NOW) for _ in range(7)] == [True] * 5 + [False] * 2


@pytest.mark.django_db
def test_keys_and_names_count_apart() -> None:
    for _ in range(6):
        rate_limit.allow(FIVE, key="a", now=NOW)
    assert rate_limit.allow(FIVE, key="b", now=NOW)
    assert rate_limit.allow((Limit("other", 5, 60),), key="a", now=NOW)


@pytest.mark.django_db
def test_the_window_ends_after_its_seconds() -> None:
    for _ in range(6):
        rate_limit.allow(FIVE, key="a", now=NOW)
    assert not rate_limit.allow(FIVE, key="a", now=NOW + timedelta(seconds=59))
    assert [rate_limit.allow(FIVE, key="a", now=NOW + timedelta(seconds=60)) for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.django_db
def test_the_table_tells_nobody_what_was_counted(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    rate_limit.allow(FIVE, key="+79001230042", now=NOW)
    assert "9001230042" not in RateLimit.objects.get().bucket


@pytest.mark.django_db
def test_expired_counters_are_forgotten(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    rate_limit.allow(FIVE, key="a", now=NOW)
    assert rate_limit.forget_expired(now=NOW + timedelta(seconds=30)) == 0
    assert rate_limit.forget_expired(now=NOW + timedelta(seconds=60)) == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_tries_are_each_counted(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = ""  # type: ignore[attr-defined]
    allowed = _at_once(40)
    assert sum(allowed) == 5
    assert RateLimit.objects.get().hits == 40


@pytest.mark.redis
def test_concurrent_tries_are_each_counted_in_redis() -> None:
    from django.core.cache import cache

    cache.clear()
    assert sum(_at_once(40)) == 5


@pytest.mark.django_db
def test_without_its_redis_the_table_counts(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    settings.CACHES = {"default": {"BACKEND": "loyalty.cache.RedisOrTable", "LOCATION": settings.REDIS_URL}, "table": settings.CACHES["table"]}  # type: ignore[attr-defined]
    assert [rate_limit.allow(FIVE, key="a", now=NOW) for _ in range(6)] == [True] * 5 + [False]


def _at_once(tries: int) -> list[bool]:
    def attempt(_turn: int) -> bool:
        try:
            return rate_limit.allow(FIVE, key="race", now=NOW)
        finally:
            if connection.connection is not None:
                connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(attempt, range(tries)))
