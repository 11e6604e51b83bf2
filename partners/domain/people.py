"""Who may work at a partner's desk: seats, roles. Another's desk doesn't exist for anybody else."""

from django.db.models import QuerySet

from partners.models import PartnerUser


def desk_of(user_id: int, *, slug: str) -> PartnerUser | None:
    """The seat of a log-in at the desk of a partner, with the partner; None where there is none."""
    return PartnerUser.objects.select_related("partner__category").filter(user_id=user_id, partner__slug=slug).first()


def desks_of(user_id: int) -> list[PartnerUser]:
    """All seats of a log-in, with their partners, by the partners' names."""
    return list(PartnerUser.objects.select_related("partner").filter(user_id=user_id).order_by("partner__name", "pk"))


def has_desk(user_id: int) -> bool:
    """Whether a log-in has a seat anywhere."""
    return PartnerUser.objects.filter(user_id=user_id).exists()


def seats(partner_id: int) -> QuerySet[PartnerUser]:
    """Everybody at a partner's desk, with their log-ins, the longest there first."""
    return PartnerUser.objects.select_related("user").filter(partner_id=partner_id).order_by("created_at", "pk")
