"""Writing many messages in one statement, skipping those that are there already."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from accounts.models import Message
from loyalty.lib.batch import insert_alike


class MessageRow(NamedTuple):
    """A fresh message, by the model's columns; texts are plain str. `rows` are what the message lists."""

    event_key: str
    member_id: int
    category: str
    channel: str
    scenario: str
    text_version: int
    broadcast_id: int | None
    language: str
    title: str
    body: str
    rows: list[Any]
    button: str
    url: str
    state: str
    reason: str
    priority: int
    planned_at: datetime
    due_at: datetime
    in_digest: bool
    created_at: datetime
    delivered_at: datetime | None
    attempts: int = 0
    error: str = ""
    provider: str = ""
    provider_id: str = ""
    segments: int = 0
    cost: Decimal = Decimal(0)


def insert(rows: Sequence[MessageRow]) -> None:
    """Write the messages; one of the same fact, member, category and channel stays as it is."""
    insert_alike(Message, MessageRow._fields, rows)
