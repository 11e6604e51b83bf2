"""Enrolment at a till as the programme sees it: the member, the partner's own number for them, and the event."""

from datetime import datetime

from accounts.domain import till
from accounts.domain.consent import Agreement
from accounts.domain.till import Enrolment
from accounts.models import Card
from loyalty.domain import events
from loyalty.enums import EventKind
from loyalty.lib.errors import DomainError
from partners.models import CustomerNumber, Partner


def enrol(person: Enrolment, *, version: str, marketing: bool, customer_number: str | None, partner: Partner, now: datetime) -> Card:
    """Enrol a person at a partner's till; the welcome points wait until the contacts are proven.

    Call it in a transaction. Raises DomainError: no_contact, already_member, customer_number_taken.
    """
    if customer_number and CustomerNumber.objects.filter(partner=partner, number=customer_number).exists():
        raise DomainError("customer_number_taken", f"The customer number “{customer_number}” names another member.")
    agreement = Agreement(version=version, marketing=marketing, at=now, source=f"till:{partner.pk}")
    card = till.enrol(person, agreement=agreement, now=now)
    if customer_number:
        CustomerNumber.objects.create(partner=partner, number=customer_number, member_id=card.member_id)
    payload = {"how": "till", "partner": partner.pk}
    events.record([(EventKind.MEMBER_JOINED, card.member_id, now, payload)], now=now)
    return card
