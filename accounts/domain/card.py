"""Cards: issuing numbers, blocking, replacing. One card of a member is primary, and a blocked one never is."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.domain.reference import luhn_is_right
from accounts.models import Card, Member
from accounts.models.card import CardBlockReason, CardKind
from loyalty.lib.errors import DomainError

# The first digits of every number issued here: by which a till knows a card of this programme.
ISSUER_PREFIX = "9040"
_LENGTH = 16
_TRIES = 8


def new_number() -> str:
    """A random number: 16 digits that begin with the issuer prefix and end with a Luhn check digit."""
    body = ISSUER_PREFIX + "".join(secrets.choice("0123456789") for _ in range(_LENGTH - len(ISSUER_PREFIX) - 1))
    return body + next(digit for digit in "0123456789" if luhn_is_right(body + digit))


def issue(*, member: Member, now: datetime, kind: CardKind = CardKind.VIRTUAL) -> Card:
    """Give the member a new card; it is primary unless they have a primary one."""
    for _ in range(_TRIES):
        primary = not Card.objects.filter(member=member, is_primary=True).exists()
        try:
            with transaction.atomic():
                return Card.objects.create(member=member, number=new_number(), kind=kind, is_primary=primary, created_at=now)
        except IntegrityError:
            continue  # the number is taken, or somebody issued the primary card meanwhile
    raise DomainError("no_card_number", "No free card number was found.")


def find(number: str) -> Card:
    """The card of a number (spaces don't matter). Raises DomainError: unknown_card, card_blocked (with the reason)."""
    card = Card.objects.select_related("member").filter(number=number.replace(" ", "")).first()
    if card is None:
        raise DomainError("unknown_card", "There is no card with this number.")
    refuse_if_blocked(card)
    return card


def refuse_if_blocked(card: Card) -> None:
    """Raise DomainError card_blocked, with the reason, if the card is."""
    if card.blocked_at is not None:
        raise blocked(card)


def blocked(card: Card) -> DomainError:
    """The refusal of a blocked card, with the reason."""
    reason = CardBlockReason(card.block_reason) if card.block_reason else CardBlockReason.STAFF
    return DomainError("card_blocked", f"The card ••{card.number[-4:]} is blocked: {reason.label}.", reason=reason.value)


def primary_of(member: Member) -> Card | None:
    """The card that the member shows at tills."""
    return Card.objects.filter(member=member, is_primary=True).first()


def live_cards(member: Member) -> list[Card]:
    """The member's cards that tills accept."""
    return list(Card.objects.filter(member=member, blocked_at__isnull=True).order_by("-is_primary", "-pk"))


def last_digits_match(member: Member, digits: str) -> bool:
    """Whether the four digits end one of the member's live cards."""
    return any(card.number[-4:] == digits for card in live_cards(member))


def block(*, card: Card, reason: CardBlockReason, now: datetime) -> Card:
    """Block a card for good. Raises DomainError card_blocked if it is blocked already.

    If it was primary, the newest live card becomes primary.
    """
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=card.member_id)
        card = Card.objects.select_for_update().get(pk=card.pk)
        refuse_if_blocked(card)
        was_primary, card.is_primary = card.is_primary, False
        card.blocked_at, card.block_reason = now, reason
        card.save(update_fields=["blocked_at", "block_reason", "is_primary"])
        if was_primary:
            heir = Card.objects.filter(member_id=card.member_id, blocked_at__isnull=True).order_by("-pk").first()
            if heir is not None:
                heir.is_primary = True
                heir.save(update_fields=["is_primary"])
    return card


def replace(*, card: Card, reason: CardBlockReason, now: datetime) -> Card:
    """Block a card and issue another in its place, primary if the old one was. Raises DomainError card_blocked."""
    with transaction.atomic():
        was_primary = Card.objects.select_for_update().get(pk=card.pk).is_primary
        card = block(card=card, reason=reason, now=now)
        fresh = issue(member=card.member, now=now, kind=CardKind(card.kind))
        if was_primary and not fresh.is_primary:
            make_primary(card=fresh)
        card.replaced_by = fresh
        card.save(update_fields=["replaced_by"])
    return fresh


def make_primary(*, card: Card) -> Card:
    """Make a live card the one that the member shows. Raises DomainError card_blocked."""
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=card.member_id)
        card.refresh_from_db()
        refuse_if_blocked(card)
        for other in Card.objects.filter(member_id=card.member_id, is_primary=True).exclude(pk=card.pk):
            other.is_primary = False
            other.save(update_fields=["is_primary"])
        card.is_primary = True
        card.save(update_fields=["is_primary"])
    return card
