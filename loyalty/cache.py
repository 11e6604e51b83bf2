"""Django's cache in Redis, and in the database's table while Redis doesn't answer: a log-in page must not need Redis."""

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

from loyalty.lib import redis_link


class RedisOrTable(RedisCache):
    """CACHES' default where REDIS_URL is set; the table is the cache named `table`.

    What was put into one is not seen in the other: a cache may forget.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {**redis_link.OPTIONS, "retry": Retry(NoBackoff(), 0), **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._link = redis_link.link(server)

    @property
    def _table(self) -> BaseCache:
        return caches["table"]

    def _either(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._link.ask(lambda _client: getattr(RedisCache, name)(self, *args, **kwargs), lambda: getattr(self._table, name)(*args, **kwargs))


def _method(name: str) -> Any:
    def method(self: RedisOrTable, *args: Any, **kwargs: Any) -> Any:
        return self._either(name, *args, **kwargs)

    return method


for _name in ("add", "get", "set", "touch", "delete", "get_many", "has_key", "incr", "set_many", "delete_many", "clear"):
    setattr(RedisOrTable, _name, _method(_name))
