"""Credits a new member with what they proved and entered while signing up."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.domain import events
from loyalty.domain import programme as programmes
from loyalty.enums import EventKind
from loyalty.models import Event
from quests.domain import deeds


@events.consumer("deeds", kinds=[EventKind.MEMBER_JOINED])
def credit_newcomers(events: Sequence[Event], *, now: datetime) -> None:
    """Look at the profiles and contacts of those who joined."""
    members = {event.member_id for event in events if event.member_id is not None}
    deeds.refresh(sorted(members), programme=programmes.current(), now=now)
