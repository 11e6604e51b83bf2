"""Limits that several processes cannot outrun: one atomic statement counts a try and says which one it was.

The counters live in Redis where there is one, else (and whenever Redis fails) in a table.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from accounts.models import RateLimit
from loyalty.lib import redis_link

if TYPE_CHECKING:
    import redis


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` tries within `seconds` of the first one."""

    name: str
    amount: int
    seconds: int


CODES_TO_CONTACT = (Limit("code.contact", 4, 15 * 60), Limit("code.contact.day", 10, 24 * 3600))
# Mobile operators put many people behind one address.
CODES_FROM_ADDRESS = (Limit("code.address", 120, 3600),)
NOTICES_TO_CONTACT = (Limit("notice.contact", 2, 24 * 3600),)
CARDS_FROM_ADDRESS = (Limit("claim.address", 20, 3600),)
CLAIMS_OF_CARD = (Limit("claim.card", 4, 3600),)
DIGITS_OF_MEMBER = (Limit("digits.member", 5, 24 * 3600),)
PASSWORDS_OF_LOGIN = (Limit("password.login", 20, 3600),)
GUESSES_PER_CODE = 5


def allow(limits: tuple[Limit, ...], *, key: str, now: datetime) -> bool:
    """Count one try against every limit; False if it is one too many for any of them."""
    counts = [count(limit, key=key, now=now) for limit in limits]
    return all(hits <= limit.amount for hits, limit in zip(counts, limits, strict=True))


def count(limit: Limit, *, key: str, now: datetime) -> int:
    """Count one try and return its number within the window. Call it outside transactions: a rollback would forget it."""
    bucket = salted_hmac("accounts.rate_limit", f"{limit.name}\n{key}", algorithm="sha256").hexdigest()
    if not settings.REDIS_URL:
        return _count_in_table(bucket, limit, now)
    link = redis_link.link(str(settings.CACHES["default"]["LOCATION"]))
    return link.ask(lambda client: _count_in_redis(client, bucket, limit, now), lambda: _count_in_table(bucket, limit, now))


def forget_expired(*, now: datetime) -> int:
    """Delete the counters whose windows are over. Returns how many."""
    return RateLimit.objects.filter(expires_at__lte=now).delete()[0]


def _count_in_table(bucket: str, limit: Limit, now: datetime) -> int:
    table = RateLimit._meta.db_table
    at, ends = (connection.ops.adapt_datetimefield_value(value) for value in (now, now + timedelta(seconds=limit.seconds)))
    sql = (
        f"INSERT INTO {table} AS known (bucket, hits, expires_at) VALUES (%s, 1, %s) ON CONFLICT (bucket) DO UPDATE SET "
        "hits = CASE WHEN known.expires_at <= %s THEN 1 ELSE known.hits + 1 END, "
        "expires_at = CASE WHEN known.expires_at <= %s THEN excluded.expires_at ELSE known.expires_at END "
        "RETURNING hits"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [bucket, ends, at, at])
        return int(cursor.fetchone()[0])


# As in the table: the window begins with its first try and is judged by the caller's clock.
_COUNT = """
local ends = redis.call('HGET', KEYS[1], 'ends')
if ends and tonumber(ends) > tonumber(ARGV[1]) then return redis.call('HINCRBY', KEYS[1], 'hits', 1) end
redis.call('HSET', KEYS[1], 'hits', 1, 'ends', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def _count_in_redis(client: "redis.Redis", bucket: str, limit: Limit, now: datetime) -> int:
    at = now.timestamp()
    return int(client.eval(_COUNT, 1, f"zheton:limit:{bucket}", at, at + limit.seconds, limit.seconds))
