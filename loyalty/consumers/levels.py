"""Keeps levels up to turnover, where the ladder counts it. Tokens raise levels by themselves (domain/levels/tokens.py)."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.domain import events, levels
from loyalty.domain import programme as programmes
from loyalty.enums import EventKind
from loyalty.models import Event


@events.consumer("levels", kinds=[EventKind.ORDER_RECORDED, EventKind.RETURN_RECORDED])
def follow_turnover(events: Sequence[Event], *, now: datetime) -> None:
    """Recalculate the levels of those who bought or returned something. One query where only tokens count."""
    if not any(rules.measure.counts_turnover for rules in levels.load_ladders()):
        return
    members = {event.member_id for event in events if event.member_id is not None}
    levels.recalculate(members, programme=programmes.current(), now=now)
