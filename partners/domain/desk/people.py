"""Who may work at a partner's desk: seats, roles. Another's desk doesn't exist for anybody else."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from loyalty.lib.errors import DomainError
from partners.enums import DeskRole
from partners.models import Partner, PartnerUser


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


def change_role(seat: PartnerUser, *, role: DeskRole) -> PartnerUser:
    """Give a seat another role. Raises DomainError: last_manager, no_seat."""
    with transaction.atomic():
        seat = _locked(seat)
        if role != DeskRole.MANAGER:
            _refuse_without_manager(seat)
        seat.role = role
        seat.save(update_fields=["role"])
    return seat


def remove(seat: PartnerUser) -> None:
    """Take a seat away: from the next request on. Raises DomainError: last_manager, no_seat."""
    with transaction.atomic():
        seat = _locked(seat)
        _refuse_without_manager(seat)
        seat.delete()


def _locked(seat: PartnerUser) -> PartnerUser:
    # All changes of one partner's seats queue at the partner's row: two managers can't remove each other.
    Partner.objects.select_for_update().get(pk=seat.partner_id)
    found = PartnerUser.objects.filter(pk=seat.pk).first()
    if found is None:
        raise DomainError("no_seat", _("This person has left the desk meanwhile."))
    return found


def _refuse_without_manager(seat: PartnerUser) -> None:
    others = PartnerUser.objects.filter(partner_id=seat.partner_id, role=DeskRole.MANAGER, user__is_active=True).exclude(pk=seat.pk)
    if seat.role == DeskRole.MANAGER and not others.exists():
        raise DomainError("last_manager", _("A desk needs a manager: make somebody else a manager first."))
