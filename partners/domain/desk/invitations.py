"""Inviting people to a partner's desk: a link that works once, for one e-mail address, for a week."""

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from accounts.domain import members
from accounts.domain.rate_limit import Limit
from accounts.models import User
from loyalty.lib.errors import DomainError
from partners.enums import DeskRole
from partners.models import Invitation, Partner, PartnerUser

LIFETIME = timedelta(days=7)
# Mails that somebody else may have asked for: counted by the desk and by the address.
OF_PARTNER = (Limit("invitation.partner", 20, 3600), Limit("invitation.partner.day", 60, 24 * 3600))
TO_CONTACT = (Limit("invitation.contact", 3, 24 * 3600),)
_SALT = "partners.invitation"


def invite(partner: Partner, *, email: str, role: DeskRole, by_id: int | None, now: datetime) -> Invitation:
    """Open an invitation; an open one to the same address gives way to it. The mail is the caller's.

    Raises DomainError already_here.
    """
    email = email.lower()
    with transaction.atomic():
        Partner.objects.select_for_update().get(pk=partner.pk)
        if PartnerUser.objects.filter(partner=partner, user__email=email).exists():
            raise DomainError("already_here", _("This person is at the desk already."))
        for former in _open(partner.pk).filter(email=email):
            former.revoked_at = now
            former.save(update_fields=["revoked_at"])
        return Invitation.objects.create(partner=partner, email=email, role=role, invited_by_id=by_id, created_at=now, expires_at=now + LIFETIME)


def token(invitation: Invitation) -> str:
    """What the link in the mail holds."""
    return signing.dumps(invitation.uuid.hex, salt=_SALT)


def find(text: str) -> Invitation | None:
    """The invitation of a link, whatever became of it; None if we never made such a link."""
    try:
        uuid = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("partner", "invited_by").filter(uuid=uuid).first()


def refuse_void(invitation: Invitation, *, now: datetime) -> None:
    """Raise DomainError where an invitation can't be accepted: invitation_used, invitation_withdrawn, invitation_expired."""
    if invitation.accepted_at is not None:
        raise DomainError("invitation_used", _("This invitation has been used. Log in to get to the desk."))
    if invitation.revoked_at is not None:
        raise DomainError("invitation_withdrawn", _("This invitation was withdrawn. Ask the partner for a new one."))
    if invitation.expires_at <= now:
        raise DomainError("invitation_expired", _("The time for this invitation is over. Ask the partner for a new one."))


def is_for(invitation: Invitation, *, user: User) -> bool:
    """Whether a log-in has proven the invited address."""
    return bool(EmailAddress.objects.filter(user=user, email=invitation.email, verified=True).exists())


def accept(invitation: Invitation, *, user: User, now: datetime) -> PartnerUser:
    """Give the invited person the seat. The log-in must have proven the invited address. A higher role that it has stays.

    Raises DomainError: wrong_email, and those of `refuse_void`.
    """
    if not is_for(invitation, user=user):
        raise DomainError("wrong_email", _("The invitation is for another e-mail address."))
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).select_related("partner").get(pk=invitation.pk)
        refuse_void(invitation, now=now)
        invitation.accepted_at, invitation.accepted_by = now, user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        seat, made = PartnerUser.objects.get_or_create(partner=invitation.partner, user=user, defaults={"role": invitation.role, "created_at": now})
        if not made and not seat.may(DeskRole(invitation.role)):
            seat.role = invitation.role
            seat.save(update_fields=["role"])
        return seat


def log_in_of(email: str, *, language: str, now: datetime) -> User:
    """The log-in of somebody who has just proven an e-mail address: theirs, or a new one without a card.

    An unfinished sign-up with the address gives way. Raises DomainError inactive.
    """
    email = email.lower()
    with transaction.atomic():
        members.drop_unfinished(email=email)
        address = EmailAddress.objects.select_related("user").filter(email=email, verified=True).first()
        user = User.objects.filter(email=email).first() or (address.user if address else None)
        if user is None:
            user = User(email=email, language=language, date_joined=now)
            user.set_unusable_password()
            user.save()
        if not user.is_active:
            raise DomainError("inactive", _("This log-in is closed. Ask support."))
        EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": user.email == email})
        return user


def withdraw(invitation: Invitation, *, now: datetime) -> None:
    """Make the link void. Raises DomainError: those of `refuse_void` but for an expired one, which may be withdrawn."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        refuse_void(invitation, now=invitation.created_at)
        invitation.revoked_at = now
        invitation.save(update_fields=["revoked_at"])


def open_ones(partner_id: int) -> QuerySet[Invitation]:
    """The invitations of a partner that nobody accepted or withdrew, the newest first; some may have expired."""
    return _open(partner_id).order_by("-pk")


def _open(partner_id: int) -> QuerySet[Invitation]:
    return Invitation.objects.filter(partner_id=partner_id, accepted_at=None, revoked_at=None)
