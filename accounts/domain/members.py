"""Members and their contacts: who a reference names, whose a contact is, moving a proven contact to its owner.

A contact is proven by a code sent to it. A proven one beats one that is only on file: it leaves the other member.
"""

from datetime import datetime

import structlog
from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from accounts.domain import card as cards
from accounts.domain.reference import ReferenceKind, parse
from accounts.models import Member, User
from loyalty.lib.errors import DomainError

logger = structlog.get_logger(__name__)


def find(text: str) -> Member:
    """The member that an e-mail, a phone or a card number names. Customer numbers need their partner: see partners.domain.

    Raises DomainError: bad_reference, unknown_member, unknown_card, card_blocked.
    """
    try:
        reference = parse(text)
    except ValueError as error:
        raise DomainError("bad_reference", f"{error}.") from None
    if reference.kind == ReferenceKind.CARD:
        return cards.find(reference.value).member
    if reference.kind == ReferenceKind.NUMBER:
        raise DomainError("bad_reference", "This is no card number, phone or e-mail.")
    found = Member.objects.filter(on_file(**{reference.kind.value: reference.value})).first()
    if found is None:
        raise DomainError("unknown_member", "There is no member with this contact.")
    return found


def on_file(*, phone: str | None = None, email: str | None = None) -> Q:
    """Condition on members: one of the contacts is on their file, the e-mail however it is written. Uses the indexes; nobody without contacts."""
    condition = Q(pk__in=[])
    if phone:
        condition |= Q(phone=phone)
    if email:
        condition |= Q(Exact(Lower("email"), email.lower()))
    return condition


def phone_is_taken(phone: str, *, but_for: User | None = None) -> bool:
    """Whether another log-in has this phone. A sign-up that isn't finished has nothing yet."""
    return User.objects.filter(phone=phone, signup_pending=False).exclude(pk=but_for.pk if but_for and but_for.pk else 0).exists()


def email_is_taken(email: str, *, but_for: User | None = None) -> bool:
    """Whether another log-in has this e-mail. A sign-up that isn't finished has nothing yet."""
    others = User.objects.filter(signup_pending=False).exclude(pk=but_for.pk if but_for and but_for.pk else 0)
    return others.filter(email=email.lower()).exists() or EmailAddress.objects.filter(email=email.lower(), user__in=others).exists()


def drop_unfinished(*, phone: str | None = None, email: str | None = None) -> int:
    """Delete the unfinished sign-ups that hold a contact, so that its next claimant can go on. Returns how many."""
    pks: set[int] = set()
    if phone:
        pks.update(User.objects.filter(signup_pending=True, phone=phone).values_list("pk", flat=True))
    if email:
        pks.update(User.objects.filter(signup_pending=True, email=email.lower()).values_list("pk", flat=True))
    return User.objects.filter(signup_pending=True, pk__in=pks).delete()[1].get("accounts.User", 0) if pks else 0


def take_contacts(member: Member, *, phone: str | None, email: str | None) -> None:
    """Put proven contacts on the member's file and take them off any other's. Must run in a transaction.

    Locks the members in the order of their ids.
    """
    for other in Member.objects.select_for_update().filter(on_file(phone=phone, email=email) | Q(pk=member.pk)).order_by("pk"):
        if other.pk == member.pk:
            continue
        lost = []
        if phone and str(other.phone or "") == phone:
            other.phone = None
            lost.append("phone")
        if email and (other.email or "").lower() == email.lower():
            other.email = None
            lost.append("email")
        other.save(update_fields=lost)
        logger.info("contact_left_file", member_id=other.pk, proven_by_member_id=member.pk, contacts=lost)
    changed = []
    if phone and str(member.phone or "") != phone:
        member.phone = phone
        changed.append("phone")
    if email and member.email != email:
        member.email = email
        changed.append("email")
    if changed:
        member.save(update_fields=changed)


def change_phone(*, user_id: int, phone: str) -> User:
    """Give a log-in the phone that it proved, and its member too. Raises DomainError contact_taken."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if phone_is_taken(phone, but_for=user):
            raise DomainError("contact_taken", "Another log-in has this phone.")
        drop_unfinished(phone=phone)
        user.phone, user.phone_verified = phone, True
        user.save(update_fields=["phone", "phone_verified"])
        _follow(user, phone=phone)
    return user


def change_email(*, user_id: int, email: str) -> User:
    """Give a log-in the e-mail that it proved, and its member too. Raises DomainError contact_taken."""
    email = email.lower()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if email_is_taken(email, but_for=user):
            raise DomainError("contact_taken", "Another log-in has this e-mail.")
        drop_unfinished(email=email)
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        user.email = email
        user.save(update_fields=["email"])
        _follow(user, email=email)
    return user


def has_proven_email(user: User) -> bool:
    """Whether the log-in proved its e-mail by a code (or staff vouched for it)."""
    return user.email is not None and EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def has_proven_both(user: User) -> bool:
    """Whether the log-in proved a phone and an e-mail."""
    return bool(user.phone and user.phone_verified) and has_proven_email(user)


def set_name(member: Member, *, first_name: str, last_name: str) -> None:
    """Change how the member wants to be called."""
    member.first_name, member.last_name = first_name, last_name
    member.save(update_fields=["first_name", "last_name"])


def set_birthday(member: Member, *, day: int | None, month: int | None, year: int | None = None) -> None:
    """Change the birthday; the year may be left out, and 29 February is a day. Raises DomainError bad_birthday."""
    if (day is None) != (month is None):
        raise DomainError("bad_birthday", "A birthday is a day and a month.")
    if day is not None and month is not None:
        try:
            # Without a year any leap one will do: 29 February is a birthday.
            datetime(year or 2000, month, day)  # noqa: DTZ001 (a calendar check, no instant)
        except ValueError:
            raise DomainError("bad_birthday", "There is no such day.") from None
    member.birth_day, member.birth_month, member.birth_year = day, month, year
    member.save(update_fields=["birth_day", "birth_month", "birth_year"])


def _follow(user: User, *, phone: str | None = None, email: str | None = None) -> None:
    member = Member.objects.filter(user=user).first()
    if member is not None:
        take_contacts(member, phone=phone, email=email)
