"""What a spend at a till needs: the rule, the code, the lock and the threshold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Member, User
from loyalty.domain import ledger, till
from loyalty.domain.ledger import member_balance
from loyalty.domain.till import Authorisation, Proof
from loyalty.enums import EntryKind, EventKind, HoldState, SpendLock
from loyalty.lib.errors import DomainError
from loyalty.models import Event, Hold, Programme, SpendSettings, UsedSpendToken
from partners.models import Partner
from tests.factories.loyalty import make_member, make_partner, make_programme

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TTL = timedelta(minutes=10)
CARD = Proof("card")


@pytest.fixture
def programme() -> Programme:
    return make_programme()


@pytest.fixture
def partner(programme: Programme) -> Partner:
    return make_partner()


@pytest.fixture
def member(programme: Programme) -> Member:
    """Somebody with a log-in and 1 000 points."""
    made = make_member(user=User.objects.create_user("anna@example.org"))
    ledger.grant(member_id=made.pk, kind=EntryKind.ADJUSTMENT, points=1000, programme=programme, now=NOW, key=None)
    return made


def code_of(member: Member, now: datetime = NOW) -> Proof:
    return Proof("token", till.issue_code(member.pk, now=now).text)


def authorise(member: Member, partner: Partner, proof: Proof, points: int = 100, *, now: datetime = NOW, **options: Any) -> Authorisation:
    with transaction.atomic():
        return till.authorise(member_id=member.pk, partner=partner, programme=Programme.objects.get(), points=points, proof=proof, now=now, **options)


def refusal(member: Member, partner: Partner, proof: Proof, points: int = 100, **options: Any) -> str:
    with pytest.raises(DomainError) as refused:
        authorise(member, partner, proof, points, **options)
    return refused.value.code


def rule(partner: Partner, requires: str | None) -> Partner:
    partner.spend_requires = requires
    partner.save(update_fields=["spend_requires"])
    return partner


# The rule


def test_by_default_the_card_number_only_earns(member: Member, partner: Partner) -> None:
    assert refusal(member, partner, CARD) == "spend_needs_token"
    assert refusal(member, partner, Proof("other")) == "spend_needs_token"
    assert not authorise(member, partner, code_of(member)).awaits_member


def test_a_partner_overrides_the_programme_both_ways(member: Member, partner: Partner) -> None:
    rule(partner, "confirmation")
    assert authorise(member, partner, CARD) == Authorisation(member.pk, 100, awaits_member=True, because="rule")
    make_programme(spend_requires="confirmation")
    rule(partner, "token")
    assert refusal(member, partner, CARD) == "spend_needs_token"
    rule(partner, None)
    assert authorise(member, partner, CARD).awaits_member


def test_under_confirmation_every_spend_waits_for_the_member(member: Member, partner: Partner) -> None:
    rule(partner, "confirmation")
    for proof in (CARD, Proof("other"), code_of(member)):
        assert authorise(member, partner, proof).awaits_member
    assert refusal(member, partner, CARD, can_wait=False) == "spend_needs_consent"


def test_plastic_spends_by_its_number_where_the_rule_says_card(partner: Partner, programme: Programme) -> None:
    holder = make_member()
    rule(partner, "card")
    assert not authorise(holder, partner, CARD).awaits_member
    assert not authorise(holder, partner, CARD, can_wait=False).awaits_member


def test_a_phone_number_is_never_enough_by_itself(partner: Partner, programme: Programme) -> None:
    holder = make_member()
    rule(partner, "card")
    assert authorise(holder, partner, Proof("other")).because == "proof"
    assert refusal(holder, partner, Proof("other"), can_wait=False) == "spend_needs_consent"


@pytest.mark.parametrize("points", [0, -5])
def test_a_spend_takes_points(member: Member, partner: Partner, points: int) -> None:
    assert refusal(member, partner, code_of(member), points) == "points_not_positive"


def test_an_unknown_member_is_refused(partner: Partner, programme: Programme) -> None:
    stranger = Member(pk=987_654)
    assert refusal(stranger, partner, code_of(stranger)) == "unknown_member"


# The code


def test_a_code_serves_once(member: Member, partner: Partner) -> None:
    proof = code_of(member)
    authorise(member, partner, proof)
    assert refusal(member, partner, proof) == "token_used"
    assert UsedSpendToken.objects.get().member_id == member.pk


def test_a_code_of_another_member_is_refused(member: Member, partner: Partner) -> None:
    other = make_member()
    assert refusal(member, partner, code_of(other)) == "token_unknown"
    assert not UsedSpendToken.objects.exists()


def test_a_code_that_has_ended_is_refused(member: Member, partner: Partner) -> None:
    proof = code_of(member)
    assert refusal(member, partner, proof, now=NOW + timedelta(seconds=60)) == "token_expired"
    assert not authorise(member, partner, proof, now=NOW + timedelta(seconds=59)).awaits_member


@pytest.mark.parametrize("text", [None, "", "9040281755360142", "7" * 60])
def test_a_made_up_code_is_refused(member: Member, partner: Partner, text: str | None) -> None:
    assert refusal(member, partner, Proof("token", text)) == "token_unknown"


def test_a_code_stays_good_when_the_spend_is_refused_afterwards(member: Member, partner: Partner) -> None:
    """A top-up within the minute, and the same code spends."""
    proof = code_of(member)

    def spend() -> None:
        with transaction.atomic():
            till.authorise(member_id=member.pk, partner=partner, programme=Programme.objects.get(), points=1500, proof=proof, now=NOW)
            ledger.place_hold(member_id=member.pk, points=1500, ttl=TTL, now=NOW, partner_id=partner.pk)

    with pytest.raises(DomainError) as refused:
        spend()
    assert refused.value.code == "insufficient_points"
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=500, programme=Programme.objects.get(), now=NOW, key=None)
    spend()
    assert Hold.objects.get().points == 1500


def test_only_a_transaction_may_authorise(member: Member, partner: Partner, transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        till.authorise(member_id=member.pk, partner=partner, programme=Programme.objects.get(), points=1, proof=code_of(member), now=NOW)


def test_used_codes_are_forgotten_after_a_day(member: Member, partner: Partner) -> None:
    proof = code_of(member)
    authorise(member, partner, proof)
    assert till.clean_used_tokens(now=NOW + timedelta(hours=23)) == 0
    assert refusal(member, partner, proof) == "token_used"
    assert till.clean_used_tokens(now=NOW + timedelta(hours=25)) == 1
    assert not UsedSpendToken.objects.exists()
    # Even then the clock refuses it.
    assert refusal(member, partner, proof, now=NOW + timedelta(hours=25)) == "token_expired"


# The lock


def test_the_lock_asks_the_phone_by_default(member: Member, partner: Partner) -> None:
    rule(partner, "card")
    assert not SpendSettings.objects.exists()
    assert authorise(member, partner, CARD) == Authorisation(member.pk, 100, awaits_member=True, because="lock")
    assert refusal(member, partner, CARD, can_wait=False) == "spend_locked"
    assert not authorise(member, partner, code_of(member)).awaits_member


def test_an_open_lock_lets_the_card_number_spend_where_the_rule_says_card(member: Member, partner: Partner) -> None:
    till.set_spend_lock(member.pk, SpendLock.OPEN, now=NOW)
    assert refusal(member, partner, CARD) == "spend_needs_token"
    rule(partner, "card")
    assert not authorise(member, partner, CARD).awaits_member
    assert not authorise(member, partner, CARD, can_wait=False).awaits_member


def test_a_lock_opened_for_an_hour_closes_by_itself(member: Member, partner: Partner) -> None:
    rule(partner, "card")
    till.set_spend_lock(member.pk, SpendLock.OPEN, now=NOW, open_for=timedelta(hours=1))
    assert not authorise(member, partner, CARD, now=NOW + timedelta(minutes=59)).awaits_member
    assert authorise(member, partner, CARD, now=NOW + timedelta(hours=1)).because == "lock"
    till.set_spend_lock(member.pk, SpendLock.PHONE, now=NOW)
    assert SpendSettings.objects.get().open_until is None


def test_a_closed_lock_refuses_everything_until_the_member_opens_it(member: Member, partner: Partner) -> None:
    till.set_spend_lock(member.pk, SpendLock.CLOSED, now=NOW)
    proof = code_of(member)
    for requires in ("token", "confirmation", "card"):
        assert refusal(member, rule(partner, requires), proof) == "spend_locked"
    assert refusal(member, rule(partner, "card"), CARD) == "spend_locked"
    assert not UsedSpendToken.objects.exists()
    till.set_spend_lock(member.pk, SpendLock.PHONE, now=NOW)
    assert not authorise(member, rule(partner, "token"), proof).awaits_member


def test_one_members_lock_is_not_anothers(member: Member, partner: Partner) -> None:
    till.set_spend_lock(make_member().pk, SpendLock.CLOSED, now=NOW)
    assert not authorise(member, partner, code_of(member)).awaits_member


# The threshold


def test_above_the_threshold_a_spend_waits_even_with_a_code(member: Member, partner: Partner) -> None:
    till.set_spend_limits(member.pk, daily_cap=None, confirm_above=100, now=NOW)
    assert not authorise(member, partner, code_of(member), 100).awaits_member
    assert authorise(member, partner, code_of(member), 101).because == "threshold"
    assert refusal(member, partner, code_of(member), 101, can_wait=False) == "spend_needs_consent"
    till.set_spend_lock(member.pk, SpendLock.OPEN, now=NOW)
    assert authorise(member, rule(partner, "card"), CARD, 101).because == "threshold"


def test_changing_the_limits_leaves_the_lock(member: Member) -> None:
    till.set_spend_lock(member.pk, SpendLock.OPEN, now=NOW)
    till.set_spend_limits(member.pk, daily_cap=50, confirm_above=10, now=NOW)
    changed = SpendSettings.objects.get()
    assert (changed.lock, changed.daily_cap, changed.confirm_above) == (SpendLock.OPEN, 50, 10)


# Consent


def hold_that_waits(member: Member, partner: Partner, points: int = 300) -> Hold:
    return ledger.place_hold(member_id=member.pk, points=points, ttl=TTL, now=NOW, partner_id=partner.pk, awaiting_member=True)


def test_a_hold_that_waits_is_captured_once_the_member_agrees(member: Member, partner: Partner) -> None:
    hold = hold_that_waits(member, partner)
    assert till.holds_awaiting(member.pk, now=NOW) == [hold]
    with pytest.raises(DomainError) as refused:
        ledger.capture_hold(hold.pk, points=300, now=NOW)
    assert refused.value.code == "hold_awaits_member"
    assert till.agree_to_hold(member_id=member.pk, hold_id=hold.pk, now=NOW).state == HoldState.ACTIVE
    assert till.agree_to_hold(member_id=member.pk, hold_id=hold.pk, now=NOW).state == HoldState.ACTIVE
    assert till.holds_awaiting(member.pk, now=NOW) == []
    ledger.capture_hold(hold.pk, points=300, now=NOW)
    assert Event.objects.filter(kind=EventKind.POINTS_SPENT, member=member).count() == 1


def test_a_declined_hold_gives_its_points_back(member: Member, partner: Partner) -> None:
    hold = hold_that_waits(member, partner)
    assert member_balance(member.pk, programme=Programme.objects.get(), at=NOW).available == 700
    till.decline_hold(member_id=member.pk, hold_id=hold.pk, now=NOW)
    assert member_balance(member.pk, programme=Programme.objects.get(), at=NOW).available == 1000
    for answer in (till.agree_to_hold, till.decline_hold):
        with pytest.raises(DomainError) as refused:
            answer(member_id=member.pk, hold_id=hold.pk, now=NOW)
        assert refused.value.code == "hold_released"


def test_what_the_member_agreed_to_they_cannot_take_back_from_the_till(member: Member, partner: Partner) -> None:
    hold = hold_that_waits(member, partner)
    till.agree_to_hold(member_id=member.pk, hold_id=hold.pk, now=NOW)
    with pytest.raises(DomainError) as refused:
        till.decline_hold(member_id=member.pk, hold_id=hold.pk, now=NOW)
    assert refused.value.code == "hold_agreed"
    hold.refresh_from_db()
    assert hold.state == HoldState.ACTIVE


def test_after_its_time_a_hold_takes_no_answer(member: Member, partner: Partner) -> None:
    hold = hold_that_waits(member, partner)
    late = NOW + TTL
    assert till.holds_awaiting(member.pk, now=late) == []
    for answer in (till.agree_to_hold, till.decline_hold):
        with pytest.raises(DomainError) as refused:
            answer(member_id=member.pk, hold_id=hold.pk, now=late)
        assert refused.value.code == "hold_lapsed"


def test_another_members_hold_is_unknown(member: Member, partner: Partner) -> None:
    hold, other = hold_that_waits(member, partner), make_member()
    assert till.own_hold(other.pk, hold.pk) is None
    assert till.holds_awaiting(other.pk, now=NOW) == []
    for answer in (till.agree_to_hold, till.decline_hold):
        with pytest.raises(DomainError) as refused:
            answer(member_id=other.pk, hold_id=hold.pk, now=NOW)
        assert refused.value.code == "unknown_hold"
