"""Quests, and purchases that advance them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from loyalty.domain import events
from loyalty.domain import programme as programmes
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.orders import Outcome, ReturnOf, Sale, record
from partners.models import Partner
from quests.models import Quest, QuestGroup
from tests.factories.loyalty import LONG_AGO


def make_group(slug: str = "routes", **values: Any) -> QuestGroup:
    """A group of quests."""
    return QuestGroup.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize(), **values})[0]


def make_quest(slug: str = "quest", trigger: str = "orders", *, target: object = 1, requires: tuple[Quest, ...] = (), **values: Any) -> Quest:
    """A published quest for 3 tokens since long ago."""
    facts: dict[str, Any] = {"title": slug.capitalize(), "summary": slug, "reward_tokens": 3, "starts_at": LONG_AGO, "is_published": True, **values}
    quest = Quest.objects.create(slug=slug, group=make_group(), trigger=trigger, target=Decimal(str(target)), **facts)
    quest.requires.set(requires)
    return quest


def buy(partner: Partner, member_id: int, at: datetime, *, amount: str = "100.00", name: str = "", sweep: bool = True, **values: Any) -> str:
    """Record a purchase and let the quests see it; returns its id."""
    name = name or f"S-{member_id}-{at.timestamp():.0f}-{amount}"
    report([Sale(name, member_id, at, [ReceiptLine(Decimal(amount))], **values)], partner, sweep=sweep)
    return name


def give_back(partner: Partner, member_id: int, at: datetime, original: str, *, amount: str = "100.00", name: str = "", sweep: bool = True) -> str:
    """Record a return and let the quests see it; returns its id."""
    name = name or f"R-{original}-{at.timestamp():.0f}-{amount}"
    report([ReturnOf(name, member_id, at, [ReceiptLine(Decimal(amount))], original=original)], partner, sweep=sweep)
    return name


def report(documents: list[Sale | ReturnOf], partner: Partner, *, sweep: bool = True) -> list[Outcome]:
    """Record documents, all of which must stand."""
    outcomes = record(documents, partner=partner, programme=programmes.current(), now=timezone.now())
    assert [outcome.status for outcome in outcomes if outcome.status != "recorded"] == [], outcomes
    if sweep:
        events.sweep(now=timezone.now(), only="quests")
    return outcomes
