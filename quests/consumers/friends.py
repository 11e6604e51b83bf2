"""Credits members with friends who joined by their invitation and bought."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.domain import events
from loyalty.domain import programme as programmes
from loyalty.enums import EventKind
from loyalty.models import Event
from quests.domain import deeds
from quests.triggers.friends import Friends


@events.consumer("friends", kinds=[EventKind.FRIEND_BOUGHT])
def credit_inviters(events: Sequence[Event], *, now: datetime) -> None:
    """Note each friend once, by the date of the first purchase that is reported."""
    found = [(event.member_id, str(event.payload["friend"]), event.occurred_at) for event in events if event.member_id is not None]
    deeds.note(Friends.slug, found, programme=programmes.current(), now=now)
