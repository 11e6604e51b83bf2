"""Where a member, the card, the consents, the event and the welcome points come into being: together, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from accounts.domain import card as cards
from accounts.domain import consent, enrol, members
from accounts.domain.consent import Agreement
from accounts.models import Card, Member, User
from accounts.models.card import CardBlockReason
from loyalty.domain import events, ledger
from loyalty.domain.ledger import balances
from loyalty.domain.till import spending
from loyalty.enums import EntryKind, EventKind
from loyalty.lib.errors import DomainError
from loyalty.models import Programme

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A member without a log-in that a sign-up is about. `other` has the other proven contact on file, if somebody else does."""

    member: Member
    needs_digits: bool
    other: Member | None = None


def find_for_sign_up(user: User, *, programme: Programme, now: datetime) -> Found | None:
    """The member that a sign-up with proven contacts belongs to: the one with points before the one without, else the phone's.

    The last card digits are needed where there are points and a card to read them from.
    """
    candidates = enrol.met_before(user)
    if not candidates:
        return None
    found = balances([member.pk for member in candidates], programme=programme, at=now)
    rich = {pk for pk, balance in found.items() if balance.available or balance.pending or balance.held}
    chosen, *others = sorted(candidates, key=lambda member: member.pk not in rich)
    needs_digits = chosen.pk in rich and bool(cards.live_cards(chosen))
    return Found(chosen, needs_digits, others[0] if others else None)


def join(*, user_id: int, agreement: Agreement, attach_to: int | None, programme: Programme, now: datetime) -> Member:
    """Finish a sign-up after both codes: attach it to a member met before (`attach_to`), else make a new one.

    A repeated call gives the same member and nothing twice. Should the member have got a log-in meanwhile,
    a new one is made. Raises DomainError contacts_not_proven.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        known = Member.objects.filter(user=user).first()
        if known is not None:
            return known
        if not members.has_proven_both(user):
            raise DomainError("contacts_not_proven", "The phone and the e-mail must be confirmed by their codes first.")
        before = enrol.lock_met(user, attach_to=attach_to)
        member = enrol.attach(user=user, member=before) if before else enrol.create(user=user, now=now)
        enrol.finish(user)
        _enter(member, agreement=agreement, how="attached" if before else "new", now=now)
        welcome(member=member, programme=programme, now=now)
    return member


def claim_card(*, claimed: enrol.Claim, agreement: Agreement, language: str, programme: Programme, now: datetime) -> Member:
    """Give a card's holder their log-in after the code sent to the contact on file.

    Raises DomainError: card_blocked, member_has_login, contact_taken.
    """
    with transaction.atomic():
        member = enrol.claim(claimed, language=language, now=now)
        _enter(member, agreement=agreement, how="claimed", now=now)
        welcome(member=member, programme=programme, now=now)
    return member


def welcome(*, member: Member, programme: Programme, now: datetime) -> bool:
    """Credit the welcome points once in a member's life, when both contacts are proven. True if they are credited."""
    if programme.welcome_points <= 0 or member.user is None or not members.has_proven_both(member.user):
        return False
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=programme.welcome_points, programme=programme, now=now, key=f"welcome:{member.pk}")
    return True


def replace_card(*, card: Card, reason: CardBlockReason, now: datetime) -> Card:
    """Move a member to a new card: block the old one and issue another. Raises DomainError card_blocked.

    Codes shown before stop spending (domain/till/spending.py), and after a loss the lock closes; holds stay as they are.
    """
    with transaction.atomic():
        fresh = cards.replace(card=card, reason=reason, now=now)
        _after_block(card.member_id, reason, now=now)
        payload = {"card": card.pk, "reason": reason.value, "replaced_by": fresh.pk}
        events.record([(EventKind.CARD_BLOCKED, card.member_id, now, payload)], now=now)
    return fresh


def block_card(*, card: Card, reason: CardBlockReason, now: datetime) -> Card:
    """Block a card without giving another. Raises DomainError card_blocked."""
    with transaction.atomic():
        blocked = cards.block(card=card, reason=reason, now=now)
        _after_block(card.member_id, reason, now=now)
        payload = {"card": card.pk, "reason": reason.value}
        events.record([(EventKind.CARD_BLOCKED, card.member_id, now, payload)], now=now)
    return blocked


def _after_block(member_id: int, reason: CardBlockReason, *, now: datetime) -> None:
    if reason in (CardBlockReason.LOST, CardBlockReason.STOLEN):
        spending.card_gone(member_id, now=now)


def _enter(member: Member, *, agreement: Agreement, how: str, now: datetime) -> None:
    """The card, the consents and the event of a member who got a log-in."""
    if not cards.live_cards(member):
        cards.issue(member=member, now=now)
    elif cards.primary_of(member) is None:
        cards.make_primary(card=cards.live_cards(member)[0])
    consent.record_agreement(agreement, member=member)
    events.record([(EventKind.MEMBER_JOINED, member.pk, now, {"how": how})], now=now)
    logger.info("member_joined", member_id=member.pk, how=how)
