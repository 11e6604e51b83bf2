"""Who messages come from: the programme, in the words of accounts.domain.notifications."""

from django.conf import settings

from accounts.domain.notifications.sender import Sender
from loyalty.domain.programme import programme as programmes
from loyalty.models import Programme


def sender_of(programme: Programme) -> Sender:
    """The programme as the sender of messages."""
    return Sender(
        name=programme.name,
        zone=programme.zone,
        site_url=settings.SITE_URL.rstrip("/"),
        base_colour=programme.brand_base,
        accent_colour=programme.brand_accent,
        support_email=programme.support_email,
        support_phone=programme.support_phone,
        consent_version=programme.rules_version,
    )


def current_sender() -> Sender:
    """The sender, read from the database."""
    return sender_of(programmes.current())
