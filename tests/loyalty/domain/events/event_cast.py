"""What the tests of events share: consumers whose effect is rows in the database, so that doubling would show."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from django.db import connection

from loyalty.domain.events import events
from loyalty.enums import EventKind
from loyalty.models import Event
from partners.models import Category

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fresh_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """No consumers but the test's own, and event ids from 1 (sequences don't roll back)."""
    monkeypatch.setattr(events, "_consumers", {})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('loyalty_event', 'id'), 1, false)")


def make_events(count: int, *, kind: EventKind = EventKind.ORDER_RECORDED) -> list[int]:
    """Events of facts that have just happened. Their ids, ascending."""
    events.record([(kind, None, NOW, {"n": n}) for n in range(count)], now=NOW)
    return list(Event.objects.order_by("-pk").values_list("pk", flat=True)[:count])[::-1]


def register_writer(name: str = "writer", *, kinds: Sequence[EventKind] = (), fails: Callable[[Event], bool] = lambda event: False) -> None:
    """A consumer that writes one row an event, and refuses those that `fails` names after it has written."""

    @events.consumer(name, kinds=kinds)
    def write(events: Sequence[Event], *, now: datetime) -> None:
        for event in events:
            row = Category(slug=f"{name}-{event.pk}-{Category.objects.count()}", name=name, position=event.pk % 1000)
            row.save(force_insert=True)
            if fails(event):
                raise ValueError("this event is poison")


def effects(name: str = "writer") -> Counter[int]:
    """Event id → how often the consumer's effect is in the database."""
    return Counter(int(slug.split("-")[1]) for slug in Category.objects.filter(name=name).values_list("slug", flat=True))


def once(ids: Sequence[int]) -> Counter[int]:
    """Each id once."""
    return Counter(ids)
