"""Becoming a member at a till: the person says a phone or an e-mail, agrees to the rules, and gets a card."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.domain import card as cards
from accounts.domain import consent, members
from accounts.domain.consent import Agreement
from accounts.models import Card, Member
from loyalty.lib.errors import DomainError


@dataclass(slots=True, frozen=True)
class Enrolment:
    """What the person gave: phone (E.164), e-mail (lower case) or both, and perhaps a first name."""

    phone: str | None
    email: str | None
    first_name: str = ""


def enrol(person: Enrolment, *, agreement: Agreement, now: datetime) -> Card:
    """Make a member without a log-in, with a card and the consents. They finish on the phone, where the contact is proven.

    Must run in a transaction. Raises DomainError: no_contact, already_member (nothing is said about the member there is).
    """
    contacts = Q()
    if person.phone:
        contacts |= Q(phone=person.phone)
    if person.email:
        contacts |= Q(email__iexact=person.email)
    if not contacts:
        raise DomainError("no_contact", "A phone or an e-mail is needed.")
    taken = Member.objects.filter(contacts).exists()
    if taken or (person.phone and members.phone_is_taken(person.phone)) or (person.email and members.email_is_taken(person.email)):
        raise DomainError("already_member", "Somebody with this phone or e-mail is a member already; name them by it at the till.")
    member = Member.objects.create(phone=person.phone, email=person.email, first_name=person.first_name, joined_at=now, created_at=now)
    card = cards.issue(member=member, now=now)
    consent.record_agreement(agreement, member=member)
    return card
