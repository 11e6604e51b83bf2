"""Keyset paging: a cursor names the last row seen, so that a page costs the same however deep it lies."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page in an order of (instant, id), newest first."""

    at: datetime
    id: int

    def encode(self) -> str:
        """As text for an address: microseconds since 1970 and the id."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"

    @classmethod
    def decode(cls, text: str) -> "Cursor | None":
        """The cursor that a text names, None for anything else: a broken address shows the first page."""
        micros, _dot, pk = text.partition(".")
        if not (micros.lstrip("-").isdigit() and pk.isdigit() and len(text) < 45):
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(micros)), int(pk)) if int(pk) < 2**63 else None
        except (OverflowError, ValueError):
            return None

    def before(self, field: str) -> Q:
        """The rows after this one, newest first. The plain bound comes first: an index can use it."""
        return Q(**{f"{field}__lte": self.at}) & (Q(**{f"{field}__lt": self.at}) | Q(pk__lt=self.id))
