"""The cap of a business day: what counts, on which day, over midnight and the changes of the clocks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Member, User
from loyalty.domain import ledger, till
from loyalty.domain.orders import recording
from loyalty.domain.till import Proof
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Hold, Programme
from partners.models import Partner
from tests.factories.loyalty import make_member, make_partner, make_programme, moment

pytestmark = pytest.mark.django_db
LONG = timedelta(days=2)


@pytest.fixture
def programme() -> Programme:
    return make_programme(spend_daily_cap=1000)


@pytest.fixture
def partner(programme: Programme) -> Partner:
    return make_partner()


@pytest.fixture
def member(programme: Programme) -> Member:
    made = make_member(user=User.objects.create_user("anna@example.org"))
    ledger.grant(member_id=made.pk, kind=EntryKind.ADJUSTMENT, points=50_000, programme=programme, now=datetime(2026, 1, 1, tzinfo=UTC), key=None)
    return made


def hold(member: Member, partner: Partner, points: int, now: datetime, *, ttl: timedelta = LONG) -> Hold:
    """What the API does: authorise with a fresh code, then set the points aside."""
    with transaction.atomic():
        proof = Proof("token", till.issue_code(member.pk, now=now).text)
        till.authorise(member_id=member.pk, partner=partner, programme=Programme.objects.get(), points=points, proof=proof, now=now)
        return ledger.place_hold(member_id=member.pk, points=points, ttl=ttl, now=now, partner_id=partner.pk)


def left(member: Member, now: datetime) -> int:
    return till.allowance(member.pk, programme=Programme.objects.get(), now=now).left_today


def test_holds_and_redemptions_of_the_day_count(member: Member, partner: Partner) -> None:
    noon = moment("2026-03-02 12:00")
    first = hold(member, partner, 400, noon)
    assert left(member, noon) == 600
    ledger.capture_hold(first.pk, points=300, now=noon)
    assert left(member, noon) == 700
    hold(member, partner, 700, noon)
    with pytest.raises(DomainError) as refused:
        hold(member, partner, 1, noon)
    assert refused.value.code == "daily_cap_reached"
    assert refused.value.details == {"cap": 1000, "left": 0}


def test_a_released_or_lapsed_hold_counts_no_more(member: Member, partner: Partner) -> None:
    noon = moment("2026-03-02 12:00")
    ledger.release_hold(hold(member, partner, 1000, noon).pk, now=noon)
    hold(member, partner, 1000, noon, ttl=timedelta(minutes=5))
    assert left(member, noon) == 0
    assert left(member, noon + timedelta(minutes=5)) == 1000


def test_a_hold_that_waits_for_the_member_counts(member: Member, partner: Partner) -> None:
    noon = moment("2026-03-02 12:00")
    ledger.place_hold(member_id=member.pk, points=250, ttl=LONG, now=noon, partner_id=partner.pk, awaiting_member=True)
    assert left(member, noon) == 750


def test_only_redemptions_count(member: Member, partner: Partner, programme: Programme) -> None:
    """Neither corrections by staff nor expiry nor what another member spends."""
    noon = moment("2026-03-02 12:00")
    ledger.deduct(member_id=member.pk, points=900, now=noon, key=None, reason="mistake", actor_id=None)
    other = make_member()
    ledger.grant(member_id=other.pk, kind=EntryKind.ADJUSTMENT, points=900, programme=programme, now=noon, key=None)
    hold(other, partner, 900, noon)
    assert left(member, noon) == 1000


def test_the_cap_is_new_at_midnight_of_the_programme(member: Member, partner: Partner) -> None:
    evening = moment("2026-03-02 23:59")
    ledger.capture_hold(hold(member, partner, 1000, evening).pk, points=1000, now=evening)
    midnight = moment("2026-03-03 00:00")
    assert left(member, midnight - timedelta(microseconds=1)) == 0
    assert left(member, midnight) == 1000


def test_a_hold_over_midnight_counts_on_the_day_on_which_it_may_be_spent(member: Member, partner: Partner) -> None:
    over = hold(member, partner, 1000, moment("2026-03-02 23:59"))
    after = moment("2026-03-03 00:01")
    assert left(member, after) == 0
    ledger.capture_hold(over.pk, points=600, now=after)
    assert left(member, after) == 400


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Riga", "2026-03-29", 23),
        ("Europe/Riga", "2026-10-25", 25),
        # Midnight itself is skipped: the day begins at one o'clock.
        ("America/Santiago", "2026-09-06", 23),
    ],
)
def test_the_day_is_as_long_as_the_clocks_make_it(member: Member, partner: Partner, zone: str, day: str, hours: int) -> None:
    Programme.objects.update(timezone=zone)
    programme = Programme.objects.get()
    following = moment(f"{datetime.fromisoformat(day).date() + timedelta(days=1)} 00:00", programme)
    start = following - timedelta(hours=hours)
    ledger.capture_hold(hold(member, partner, 1000, start).pk, points=1000, now=start)
    assert left(member, start) == 0
    assert left(member, following - timedelta(seconds=1)) == 0
    assert left(member, following) == 1000
    assert left(member, start - timedelta(seconds=1)) == 1000


def test_a_till_cannot_dodge_the_cap_by_dating_back(member: Member, partner: Partner, programme: Programme) -> None:
    noon = moment("2026-03-02 12:00")
    sale = recording.Sale("A-1", member.pk, noon - timedelta(days=3), [recording.ReceiptLine(Decimal("2000.00"))], redeem_points=1000)
    [outcome] = recording.record([sale], partner=partner, programme=programme, now=noon)
    assert outcome.status == "recorded"
    assert left(member, noon) == 0


def test_the_members_own_cap_goes_before_the_programmes(member: Member, partner: Partner) -> None:
    noon = moment("2026-03-02 12:00")
    till.set_spend_limits(member.pk, daily_cap=20, confirm_above=None, now=noon)
    assert left(member, noon) == 20
    till.set_spend_limits(member.pk, daily_cap=5000, confirm_above=None, now=noon)
    hold(member, partner, 5000, noon)
    till.set_spend_limits(member.pk, daily_cap=None, confirm_above=None, now=noon)
    assert left(member, noon) == 0


def test_points_authorised_in_the_same_transaction_count(member: Member, partner: Partner) -> None:
    noon = moment("2026-03-02 12:00")

    def authorise(points: int, already_authorised: int) -> None:
        proof = Proof("token", till.issue_code(member.pk, now=noon).text)
        till.authorise(
            member_id=member.pk, partner=partner, programme=Programme.objects.get(), points=points, proof=proof, now=noon, already_authorised=already_authorised
        )

    with transaction.atomic():
        authorise(600, already_authorised=0)
        with pytest.raises(DomainError) as refused:
            authorise(401, already_authorised=600)
        authorise(400, already_authorised=600)
    assert refused.value.code == "daily_cap_reached"
    assert refused.value.details["left"] == 400


def test_what_is_allowed_costs_one_query(member: Member, programme: Programme, django_assert_num_queries: Any) -> None:
    noon = moment("2026-03-02 12:00")
    with django_assert_num_queries(1):
        till.allowance(member.pk, programme=programme, now=noon, token_id=5)
