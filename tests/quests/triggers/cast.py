"""A purchase and a quest without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from quests.domain.rules import Rule
from quests.models import Quest
from quests.triggers.base.purchase import Back, Kept, Purchase

MOSCOW = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 3, 10, 7, 30, tzinfo=UTC)


def purchase(at: datetime = AT, *, money: str = "1000", points: int = 0, **values: Any) -> Purchase:
    """A purchase on a Tuesday at 10:30 in Moscow."""
    kept = Kept(Decimal(money) + points, Decimal(money), points)
    made = Purchase(1, 1, at, at.astimezone(MOSCOW), 7, 3, 70, "Москва", kept, AT - timedelta(days=100))
    return made._replace(**values)


def returned(made: Purchase, *amounts: str) -> Purchase:
    """The purchase with returns paid back in money, a day apart."""
    backs, kept = [], made.kept
    for place, amount in enumerate(amounts, 1):
        kept = Kept(kept.goods - Decimal(amount), kept.money - Decimal(amount), kept.points)
        backs.append(Back(place, made.at + timedelta(days=place), kept))
    return made._replace(returns=tuple(backs))


def values(trigger: str, made: Purchase, **parameters: Any) -> list[Decimal]:
    """What the purchase and each of its returns add."""
    quest = Quest(trigger=trigger, target=Decimal(1), parameters=parameters, starts_at=AT - timedelta(days=365))
    return [planned.value for planned in Rule.of(quest, MOSCOW).contributions(made)]


def key(trigger: str, made: Purchase) -> str:
    """What must differ, or follow on."""
    quest = Quest(trigger=trigger, target=Decimal(1), starts_at=AT - timedelta(days=365))
    return Rule.of(quest, MOSCOW).contributions(made)[0].key
