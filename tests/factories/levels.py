"""A ladder like the demo's: Медь, Латунь, Мельхиор, Серебро at 0, 12, 30 and 60 tokens with +0, +1, +2 and +3 %."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from loyalty.domain import levels
from loyalty.domain.levels import LadderDraft, RungDraft
from loyalty.enums import ExpiryMode, Measure, WhenToFall
from loyalty.models import Ladder, Level, Programme
from tests.factories.loyalty import LONG_AGO

NAMES = ("Медь", "Латунь", "Мельхиор", "Серебро")
SLUGS = ("copper", "brass", "nickel", "silver")


def make_levels() -> list[Level]:
    """The four levels, the lowest first."""
    return [Level.objects.get_or_create(slug=slug, defaults={"rank": rank, "name": NAMES[rank], "metal": rank + 1})[0] for rank, slug in enumerate(SLUGS)]


def draft(
    *,
    valid_from: datetime = LONG_AGO,
    tokens: tuple[int, ...] = (0, 12, 30, 60),
    turnover: tuple[int, ...] = (0, 0, 0, 0),
    pct: tuple[str, ...] = ("0", "1", "2", "3"),
    gifts: tuple[int, ...] = (0, 0, 0, 0),
    **values: Any,
) -> LadderDraft:
    """A ladder to publish; by tokens, from the beginning, falling at the end of 365 days."""
    rungs = tuple(
        RungDraft(level.pk, level.rank, tokens[i], Decimal(turnover[i]), Decimal(pct[i]), gifts[i]) for i, level in enumerate(make_levels()[: len(tokens)])
    )
    rules: dict[str, Any] = {
        "measure": Measure.TOKENS,
        "window_days": None,
        "fall": WhenToFall.PERIOD_END,
        "validity": ExpiryMode.DAYS,
        "validity_days": 365,
        "warning_days": 30,
        **values,
    }
    return LadderDraft(valid_from=valid_from, rungs=rungs, **rules)


def make_ladder(*, now: datetime = LONG_AGO, **values: Any) -> Ladder:
    """Publish a ladder."""
    return levels.publish_ladder(draft(**values), now=now)


def give_tokens(
    member_id: int, count: int, *, at: datetime, programme: Programme, key: str = "", now: datetime | None = None, undoes: str | None = None
) -> str:
    """Give tokens as a quest would; returns their key."""
    key = key or f"test:{member_id}:{at.isoformat()}:{count}"
    with transaction.atomic():
        levels.post_tokens([levels.TokenPosting(member_id, count, at, key, undoes=undoes)], programme=programme, now=now or at)
    return key
