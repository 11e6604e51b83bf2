"""Advances quests by what members bought and returned."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.domain import events
from loyalty.domain import programme as programmes
from loyalty.enums import EventKind
from loyalty.models import Event
from quests.domain import progress


@events.consumer("quests", kinds=[EventKind.ORDER_RECORDED, EventKind.RETURN_RECORDED], lanes=4)
def advance(events: Sequence[Event], *, now: datetime) -> None:
    """Count the purchases concerned. A repeat changes nothing: contributions are replaced by what they should be."""
    orders = {event.payload["order"] for event in events if event.payload.get("order") is not None}
    members = {event.member_id for event in events if event.member_id is not None}
    if orders:
        progress.advance(orders, members, programme=programmes.current(), now=now)
