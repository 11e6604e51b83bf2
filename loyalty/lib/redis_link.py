"""Redis, asked only while it answers: whoever needs it says what to do without.

A Redis that is down or frozen must cost a request a moment at most. After a failure the process leaves it alone
for a few seconds, and everything is done the other way.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    import redis

logger = structlog.get_logger(__name__)

TIMEOUT = 1.0
LEAVE_ALONE = 5.0


class Link:
    """The way to one Redis, for the threads of one process."""

    def __init__(self, client: "redis.Redis", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._ask_again_at = 0.0

    def ask[T](self, question: Callable[["redis.Redis"], T], otherwise: Callable[[], T]) -> T:
        """The answer of Redis, or what `otherwise` gives where it fails or has just failed."""
        from redis import RedisError

        if self._clock() >= self._ask_again_at:
            try:
                return question(self._client)
            except RedisError as error:
                self._ask_again_at = self._clock() + LEAVE_ALONE
                logger.warning("redis_left_alone", error=type(error).__name__, seconds=LEAVE_ALONE)
        return otherwise()


# The library's own habit is to try three times with growing pauses.
OPTIONS = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}


@lru_cache(maxsize=4)
def link(url: str) -> Link:
    """The process's link to the Redis at an address."""
    # Heavy, and not needed where the database does all of it.
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Link(Redis.from_url(url, **OPTIONS, retry=Retry(NoBackoff(), 0)))
