"""How somebody becomes a member with a log-in: beginning a sign-up, attaching it to a member met before, claiming a card.

The points belong to loyalty: loyalty.domain.till.membership calls these steps within one transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.domain import card as cards
from accounts.domain import members
from accounts.models import Card, Member, User
from loyalty.lib.errors import DomainError


def begin(*, phone: str, email: str, language: str, now: datetime) -> User:
    """A log-in whose contacts aren't proven yet. Unfinished sign-ups with the same contacts give way to it.

    An e-mail that another log-in has stays theirs: this one begins without. Raises DomainError contact_taken if the phone is.
    """
    tries = 10
    for turn in range(tries):
        try:
            with transaction.atomic():
                return _begin(phone=phone, email=email.lower(), language=language, now=now)
        except IntegrityError:
            # Another request began with the same contacts at this moment: now it can be seen.
            if turn == tries - 1:
                raise
    raise AssertionError  # for the type checker: the loop returns or raises


def _begin(*, phone: str, email: str, language: str, now: datetime) -> User:
    members.drop_unfinished(phone=phone, email=email)
    if members.phone_is_taken(phone):
        raise DomainError("contact_taken", "Another log-in has this phone.")
    free = not members.email_is_taken(email)
    user = User(phone=phone, email=email if free else None, language=language, signup_pending=True, date_joined=now)
    user.set_unusable_password()
    user.save()
    if free:
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    return user


def met_before(user: User) -> list[Member]:
    """Members without a log-in who have a contact of this log-in on file: the phone's first. At most two."""
    found = []
    for contact in ({"phone": str(user.phone or "")}, {"email": user.email}):
        member = Member.objects.filter(members.on_file(**contact), user=None).first()
        if member is not None and member not in found:
            found.append(member)
    return found


def lock_met(user: User, *, attach_to: int | None) -> Member | None:
    """Lock everybody that a sign-up touches, in the order of their ids; gives the one to attach to, unless they have a log-in by now."""
    touched = Q(pk=attach_to or 0) | members.on_file(phone=str(user.phone or ""), email=user.email)
    locked = {member.pk: member for member in Member.objects.select_for_update().filter(touched).order_by("pk")}
    chosen = locked.get(attach_to or 0)
    return chosen if chosen is not None and chosen.user_id is None else None


def create(*, user: User, now: datetime) -> Member:
    """A new member for a log-in that proved its contacts. Must run in a transaction."""
    member = Member.objects.create(user=user, joined_at=now, created_at=now)
    members.take_contacts(member, phone=str(user.phone) if user.phone else None, email=user.email)
    return member


def attach(*, user: User, member: Member) -> Member:
    """Give a member met before their log-in. Must run in a transaction; raises DomainError member_has_login."""
    member = Member.objects.select_for_update().get(pk=member.pk)
    if member.user_id is not None:
        raise DomainError("member_has_login", "This member has a log-in already.")
    member.user = user
    member.save(update_fields=["user"])
    members.take_contacts(member, phone=str(user.phone) if user.phone and user.phone_verified else None, email=user.email)
    return member


def finish(user: User) -> None:
    """The sign-up is complete: from now on the log-in holds its contacts."""
    user.signup_pending = False
    user.save(update_fields=["signup_pending"])


@dataclass(frozen=True, slots=True)
class Claim:
    """A card without a log-in and the contact on file that proves whose it is: exactly one of `phone` and `email`."""

    card_id: int
    phone: str | None
    email: str | None


def claimable(number: str) -> Claim:
    """What a claim of a card needs. Raises DomainError: unknown_card, card_blocked, member_has_login, no_contact.

    The details of card_blocked and member_has_login name the contact that may learn why (`phone` or `email`).
    """
    card = Card.objects.select_related("member").filter(number=number).first()
    if card is None:
        raise DomainError("unknown_card", "There is no card with this number.")
    member = card.member
    phone = str(member.phone) if member.phone else None
    contact = {"phone": phone, "email": None if phone else member.email}
    if card.blocked_at is not None:
        raise DomainError("card_blocked", "This card is blocked.", **contact)
    if member.user_id is not None:
        raise DomainError("member_has_login", "The holder of this card has a log-in.", **contact)
    if not any(contact.values()):
        raise DomainError("no_contact", "There is no contact on file for this card.")
    return Claim(card_id=card.pk, phone=contact["phone"], email=contact["email"])


def claim(claimed: Claim, *, language: str, now: datetime) -> Member:
    """Give the holder of a card their log-in, after the code sent to the contact on file. Must run in a transaction.

    A log-in that has the contact but no card becomes theirs. Raises DomainError: card_blocked, member_has_login, contact_taken.
    """
    card = Card.objects.get(pk=claimed.card_id)
    member = Member.objects.select_for_update().get(pk=card.member_id)
    cards.refuse_if_blocked(card)
    if member.user_id is not None:
        raise DomainError("member_has_login", "The holder of this card has a log-in.")
    members.drop_unfinished(phone=claimed.phone, email=claimed.email)
    user = _holder(claimed)
    if user is None:
        user = User(phone=claimed.phone, phone_verified=claimed.phone is not None, email=claimed.email, language=language, date_joined=now)
        user.set_unusable_password()
        user.save()
    elif Member.objects.filter(user=user).exists():
        raise DomainError("contact_taken", "The contact on file belongs to another log-in.")
    if claimed.email:
        EmailAddress.objects.update_or_create(user=user, email=claimed.email.lower(), defaults={"verified": True, "primary": True})
    member.user = user
    member.save(update_fields=["user"])
    return member


def forget_unfinished(*, now: datetime, older_than: timedelta = timedelta(days=1)) -> int:
    """Delete sign-ups that nobody finished. Returns how many."""
    return User.objects.filter(signup_pending=True, date_joined__lt=now - older_than).delete()[1].get("accounts.User", 0)


def _holder(claimed: Claim) -> User | None:
    settled = User.objects.filter(signup_pending=False)
    if claimed.phone:
        return settled.filter(phone=claimed.phone).first()
    return settled.filter(email=(claimed.email or "").lower()).first()
