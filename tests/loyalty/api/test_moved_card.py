"""A member moves to a new card: what tills with the old number, with an old code and with an open hold get as an answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Card, Member
from accounts.models.card import CardBlockReason
from loyalty.domain import till as tills
from loyalty.domain.till import UNLOCKED_FOR, agree_to_hold, holds_awaiting, set_spend_limits, set_spend_lock, spend_settings
from loyalty.enums import SpendLock
from loyalty.models import UsedSpendToken
from tests.factories.loyalty import make_programme
from tests.factories.till import Till, balance_of, code, give, make_holder, make_till, order

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 9, 0, 0, 400_000, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def till(clock: Any) -> Till:
    make_programme()
    return make_till()


@pytest.fixture
def holder(till: Till) -> tuple[Member, Card]:
    return make_holder(points=300)


def move(card: Card, reason: CardBlockReason = CardBlockReason.LOST) -> Card:
    return tills.replace_card(card=card, reason=reason, now=timezone.now())


@pytest.mark.parametrize("reason", [CardBlockReason.LOST, CardBlockReason.STOLEN, CardBlockReason.DAMAGED])
def test_the_old_number_is_refused_with_its_reason_wherever_a_till_names_it(till: Till, holder: tuple[Member, Card], reason: CardBlockReason) -> None:
    _member, old = holder
    fresh = move(old, reason)
    ref = {"card": old.number}
    answers = {
        "order": till.post("orders/", order("A-1", ref, "100.00")),
        "quote": till.post("quotes/", {"member": ref, "lines": [{"amount": 1}]}),
        "hold": till.post("holds/", {"member": ref, "points": 1}),
        "return": till.post("returns/", {"external_id": "R-1", "member": ref, "occurred_at": timezone.now().isoformat(), "amount": 1}),
        "look-up": till.get(f"members/{old.number}/"),
    }
    for name, answer in answers.items():
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["reason"]) == (409, "card_blocked", reason.value), name
        assert old.number not in str(problem), name
        assert problem["detail"].endswith(f"is blocked: {reason.value}."), name
    [item] = till.post("orders/batch/", {"orders": [order("A-2", ref, "100.00")]}).json()["results"]
    assert (item["status"], item["problem"]["code"], item["problem"]["reason"]) == (409, "card_blocked", reason.value)
    assert balance_of(till, fresh)["available"] == 300
    assert till.post("orders/", order("A-3", {"card": fresh.number}, "100.00")).status_code == 201


def test_codes_shown_before_the_move_spend_nothing_and_later_ones_do(till: Till, holder: tuple[Member, Card], clock: time_machine.Traveller) -> None:
    member, old = holder
    shown = code(member)
    clock.shift(timedelta(seconds=5))
    move(old)
    assert till.post("holds/", {"member": {"token": shown}, "points": 10}).json()["code"] == "token_expired"
    paid = till.post("orders/", order("A-1", {"token": shown}, "100.00", redeem_points=10))
    assert (paid.status_code, paid.json()["code"]) == (422, "token_expired")
    assert not UsedSpendToken.objects.exists()
    clock.shift(timedelta(seconds=1))
    assert till.post("holds/", {"member": {"token": code(member)}, "points": 10}).status_code == 201


def test_a_code_of_the_same_second_dies_too(till: Till, holder: tuple[Member, Card], clock: time_machine.Traveller) -> None:
    member, old = holder
    shown = code(member)
    clock.shift(timedelta(milliseconds=100))
    move(old)
    assert till.post("holds/", {"member": {"token": shown}, "points": 10}).json()["code"] == "token_expired"


def test_another_members_codes_live_on(till: Till, holder: tuple[Member, Card]) -> None:
    other, _card = make_holder(points=50)
    shown = code(other)
    move(holder[1])
    assert till.post("holds/", {"member": {"token": shown}, "points": 10}).status_code == 201


def test_an_open_hold_can_still_be_captured_and_released(till: Till, holder: tuple[Member, Card]) -> None:
    member, old = holder
    holds = [till.post("holds/", {"member": {"token": code(member)}, "points": points}).json()["id"] for points in (100, 40, 30)]
    fresh = move(old)
    assert balance_of(till, fresh) == {"available": 130, "pending": 0, "held": 170, "debt": 0}
    assert till.post(f"holds/{holds[0]}/capture/", {"points": 60}).json()["captured_points"] == 60
    assert till.post(f"holds/{holds[1]}/release/", {}).json()["state"] == "released"
    # The purchase is finished with the new number: the hold says whose points they are.
    paid = till.post("orders/", order("A-1", {"card": fresh.number}, "500.00", hold=holds[2], redeem_points=30))
    assert (paid.status_code, paid.json()["redemption"]["points"]) == (201, 30)
    assert balance_of(till, fresh)["available"] == 300 - 60 - 30


def test_a_hold_that_waits_is_still_answered_on_the_phone(till: Till) -> None:
    make_programme(spend_requires="confirmation")
    member, old = make_holder(points=100)
    hold = till.post("holds/", {"member": {"card": old.number}, "points": 20}).json()
    assert hold["state"] == "awaiting_member"
    move(old)
    [waiting] = holds_awaiting(member.pk, now=timezone.now())
    agree_to_hold(member_id=member.pk, hold_id=waiting.pk, now=timezone.now())
    assert till.post(f"holds/{hold['id']}/capture/", {}).status_code == 200


@pytest.mark.parametrize(
    ("before", "reason", "after"),
    [
        (SpendLock.OPEN, CardBlockReason.LOST, SpendLock.PHONE),
        (SpendLock.OPEN, CardBlockReason.STOLEN, SpendLock.PHONE),
        (SpendLock.OPEN, CardBlockReason.DAMAGED, SpendLock.OPEN),
        (SpendLock.CLOSED, CardBlockReason.STOLEN, SpendLock.CLOSED),
        (SpendLock.PHONE, CardBlockReason.LOST, SpendLock.PHONE),
    ],
)
@pytest.mark.parametrize("act", [tills.replace_card, tills.block_card])
def test_a_loss_closes_a_lock_that_was_open_for_the_card_number(
    till: Till, holder: tuple[Member, Card], act: Any, before: SpendLock, reason: CardBlockReason, after: SpendLock
) -> None:
    member, old = holder
    set_spend_lock(member.pk, before, now=timezone.now(), open_for=UNLOCKED_FOR)
    set_spend_limits(member.pk, daily_cap=70, confirm_above=5, now=timezone.now())
    act(card=old, reason=reason, now=timezone.now())
    kept = spend_settings(member.pk)
    assert (kept.lock, kept.daily_cap, kept.confirm_above) == (after, 70, 5)
    assert (kept.open_until is None) == (after != SpendLock.OPEN)


def test_what_was_bought_with_the_old_card_before_counts_for_the_member(till: Till, holder: tuple[Member, Card]) -> None:
    _member, old = holder
    earlier = timezone.now() - timedelta(hours=1)
    fresh = move(old)
    late = till.post("orders/", order("A-1", {"card": old.number}, "1000.00", at=earlier))
    assert (late.status_code, late.json()["balance"]["pending"]) == (201, 100)
    assert balance_of(till, fresh)["pending"] == 100


def test_points_given_later_reach_the_member(till: Till, holder: tuple[Member, Card]) -> None:
    member, old = holder
    fresh = move(old)
    give(member, 5)
    assert balance_of(till, fresh)["available"] == 305
