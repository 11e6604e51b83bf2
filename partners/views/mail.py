"""Mails to partners' people."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.urls import reverse

from partners.domain.desk import invitations
from partners.enums import DeskRole
from partners.models import Invitation, ListingChange, PartnerUser


def send_invitation(invitation: Invitation) -> None:
    """The link to the desk, to the invited address. Never inside a transaction."""
    link = _address("desk_invitation", invitations.token(invitation))
    _send(
        "partners/email/invitation",
        invitation.email,
        {"partner": invitation.partner, "role": DeskRole(invitation.role).label, "url": link, "until": invitation.expires_at},
    )


def send_reminder(seat: PartnerUser) -> None:
    """Asks somebody at the desk whether the listing is still right."""
    _send("partners/email/reminder", seat.user.email or "", {"partner": seat.partner, "url": _address("desk_overview", seat.partner.slug), "user": seat.user})


def send_decision(change: ListingChange, *, to: str, user: Any) -> None:
    """What became of a change, to whoever sent it for review."""
    link = _address("desk_change", change.partner.slug, change.pk)
    _send("partners/email/decision", to, {"partner": change.partner, "change": change, "url": link, "user": user})


def _send(template: str, to: str, context: dict[str, Any]) -> None:
    if to:
        get_adapter().send_mail(template, to, context)


def _address(page: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(page, args=args)}"
