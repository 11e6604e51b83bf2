"""What SMS may cost a day, counted in the database before anything is sent. Money is in hundredths of the currency.

The day's budget has three pools, so that no flood in one starves another: codes to numbers that a log-in has proven, codes to
numbers we don't know, and all other messages. Unknown numbers also share a budget by prefix (an attacker with many numbers of
one range), and every number has its own.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.crypto import salted_hmac

from accounts.models import SmsSpend
from loyalty.lib.errors import DomainError

logger = structlog.get_logger(__name__)


class Pool(StrEnum):
    """Which part of the day's budget a message takes from."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    MESSAGES = "messages"


# Percent of the day's budget. They add up to 100.
SHARES = {Pool.KNOWN: 40, Pool.UNKNOWN: 20, Pool.MESSAGES: 40}
_PREFIX = 5  # “+7900”: the operator's range


@dataclass(frozen=True, slots=True)
class _Purse:
    name: str
    key: str
    most: int


def price(phone: str, segments: int) -> int:
    """What a text to a number costs, in hundredths. Raises DomainError country_not_allowed unless the allow-list has its country."""
    prices: dict[str, int] = settings.SMS_PRICES
    found = max((prefix for prefix in prices if phone.startswith(prefix)), key=len, default=None)
    if found is None:
        raise DomainError("country_not_allowed", "No SMS go to this country.")
    return prices[found] * segments


def reserve(phone: str, *, cost: int, pool: Pool, now: datetime) -> None:
    """Take the cost of one message out of every purse concerned, or of none. Raises DomainError sms_budget.

    Call it outside transactions: a rollback would forget what was spent.
    """
    budget = settings.SMS_BUDGET_DAY * 100
    purses = [_Purse("number", phone, settings.SMS_BUDGET_NUMBER * 100), _Purse("pool", pool, budget * SHARES[pool] // 100)]
    if pool == Pool.UNKNOWN:
        purses.append(_Purse("prefix", phone[:_PREFIX], settings.SMS_BUDGET_PREFIX * 100))
    day = now.astimezone(UTC).date()
    with transaction.atomic():
        # In one order everywhere: two messages never wait for each other.
        for purse in sorted(purses, key=lambda one: (one.name, one.key)):
            if not _take(purse, cost, day):
                transaction.set_rollback(True)
                logger.warning("sms_budget_used_up", purse=purse.name, pool=str(pool))
                raise DomainError("sms_budget", "The budget for text messages is used up.")


def spent_today(now: datetime) -> int:
    """What the day's messages cost so far, in hundredths."""
    pools = [_bucket("pool", pool, now.astimezone(UTC).date()) for pool in Pool]
    return SmsSpend.objects.filter(pk__in=pools).aggregate(sum=Sum("spent"))["sum"] or 0


def forget_old(*, now: datetime) -> int:
    """Delete the counters of days gone by. Returns how many."""
    return SmsSpend.objects.filter(day__lt=now.astimezone(UTC).date()).delete()[0]


def _bucket(name: str, key: str, day: date) -> str:
    return salted_hmac("accounts.sms_budget", f"{name}\n{key}\n{day}", algorithm="sha256").hexdigest()


def _take(purse: _Purse, cost: int, day: date) -> bool:
    """One atomic statement: add the cost unless that would be too much."""
    if cost > purse.most:
        return False
    table = SmsSpend._meta.db_table
    sql = (
        f"INSERT INTO {table} AS known (bucket, day, spent, count) VALUES (%s, %s, %s, 1) ON CONFLICT (bucket) DO UPDATE "
        "SET spent = known.spent + excluded.spent, count = known.count + 1 WHERE known.spent + excluded.spent <= %s RETURNING spent"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [_bucket(purse.name, purse.key, day), str(day), cost, purse.most])
        return cursor.fetchone() is not None
