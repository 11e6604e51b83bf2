"""Partners that a member marked."""

from datetime import datetime

from loyalty.lib.errors import DomainError
from partners.models import Favourite, Partner


def mark(*, partner_id: int, member_id: int, now: datetime) -> bool:
    """Mark a partner; False if it was marked already. Raises DomainError unknown_partner for one that isn't active."""
    if not Partner.objects.filter(pk=partner_id, is_active=True).exists():
        raise DomainError("unknown_partner", "There is no such partner.")
    _favourite, created = Favourite.objects.get_or_create(member_id=member_id, partner_id=partner_id, defaults={"created_at": now})
    return created


def unmark(*, partner_id: int, member_id: int) -> bool:
    """Take the mark away; False if there was none."""
    return bool(Favourite.objects.filter(member_id=member_id, partner_id=partner_id).delete()[0])


def of_member(*, member_id: int) -> set[int]:
    """Ids of the partners that a member marked."""
    return set(Favourite.objects.filter(member_id=member_id).values_list("partner_id", flat=True))
