"""Card numbers, blocking, replacing."""

import pytest
from django.utils import timezone

from accounts.domain import card as cards
from accounts.domain.reference import luhn_is_right
from accounts.models.card import CardBlockReason
from loyalty.lib.errors import DomainError
from tests.factories.accounts import CardFactory, MemberFactory

pytestmark = pytest.mark.django_db


def test_numbers_have_16_digits_the_prefix_and_a_check_digit() -> None:
    numbers = {cards.new_number() for _ in range(200)}
    assert len(numbers) == 200
    assert all(len(number) == 16 and number.startswith(cards.ISSUER_PREFIX) and luhn_is_right(number) for number in numbers)


def test_the_first_card_is_primary_and_further_ones_are_not() -> None:
    member = MemberFactory()
    first, second = (cards.issue(member=member, now=timezone.now()) for _ in range(2))
    assert (first.is_primary, second.is_primary) == (True, False)
    cards.make_primary(card=second)
    assert cards.primary_of(member) == second


def test_a_taken_number_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = CardFactory()
    numbers = iter([taken.number, "9040000000000009"])
    monkeypatch.setattr(cards, "new_number", lambda: next(numbers))
    assert cards.issue(member=MemberFactory(), now=timezone.now()).number == "9040000000000009"


def test_when_the_primary_card_is_blocked_another_takes_its_place() -> None:
    member = MemberFactory(with_card=True)
    first, second = member.cards.get(), CardFactory(member=member)
    cards.block(card=first, reason=CardBlockReason.STOLEN, now=timezone.now())
    assert cards.primary_of(member) == second
    with pytest.raises(DomainError, match="blocked") as refused:
        cards.block(card=first, reason=CardBlockReason.LOST, now=timezone.now())
    assert refused.value.code == "card_blocked"


def test_replacing_the_primary_card_makes_the_new_one_primary() -> None:
    member = MemberFactory(with_card=True)
    first = member.cards.get()
    CardFactory(member=member)
    fresh = cards.replace(card=first, reason=CardBlockReason.LOST, now=timezone.now())
    assert cards.primary_of(member) == fresh


def test_a_blocked_card_does_not_become_primary() -> None:
    card = MemberFactory(with_card=True).cards.get()
    cards.block(card=card, reason=CardBlockReason.LOST, now=timezone.now())
    with pytest.raises(DomainError):
        cards.make_primary(card=card)


def test_an_unknown_number_is_told() -> None:
    with pytest.raises(DomainError) as refused:
        cards.find("9040 0000 0000 0009")
    assert refused.value.code == "unknown_card"
