"""Without Redis everything is done the other way, and nobody waits for it twice."""

from typing import Any

import pytest
import redis
from django.core.cache import caches

from loyalty.lib.redis_link import LEAVE_ALONE, Link


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_redis_that_failed_is_left_alone_for_a_while() -> None:
    clock, asked = Clock(), []
    link = Link(redis.Redis(), clock=clock)

    def fails(_client: object) -> str:
        asked.append(clock.now)
        raise redis.TimeoutError("frozen")

    assert [link.ask(fails, lambda: "table") for _ in range(50)] == ["table"] * 50
    assert asked == [100.0]
    clock.now += LEAVE_ALONE
    assert link.ask(lambda _client: "redis", lambda: "table") == "redis"


def test_our_own_mistakes_are_not_hidden() -> None:
    link = Link(redis.Redis())
    with pytest.raises(ValueError, match="ours"):
        link.ask(lambda _client: (_ for _ in ()).throw(ValueError("ours")), lambda: "table")


@pytest.mark.django_db
def test_the_cache_keeps_values_without_its_redis(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "loyalty.cache.RedisOrTable", "LOCATION": "redis://127.0.0.1:1/0"}, "table": settings.CACHES["table"]}
    cache = caches["default"]
    cache.set("a", 1)
    assert (cache.get("a"), cache.incr("a"), cache.get_many(["a", "b"]), cache.add("a", 9)) == (1, 2, {"a": 2}, False)
    cache.delete("a")
    assert cache.get("a") is None
