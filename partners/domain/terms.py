"""A partner's dated conditions: which held when."""

from collections.abc import Sequence
from datetime import datetime

from partners.models import Terms


def timeline(partner_id: int) -> list[Terms]:
    """All terms of a partner, the earliest first, with their exclusions loaded."""
    return list(Terms.objects.filter(partner_id=partner_id).order_by("valid_from").prefetch_related("exclusions"))


def at(rows: Sequence[Terms], instant: datetime) -> Terms | None:
    """The terms that held at an instant, or None before the first. Pure; `rows` is a timeline."""
    held = None
    for row in rows:
        if row.valid_from > instant:
            break
        held = row
    return held
