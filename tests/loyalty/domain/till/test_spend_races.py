"""Real concurrency: one code, one cap, one answer, however many tills and phones at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Member, User
from loyalty.domain import ledger, till
from loyalty.domain.till import Proof
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind, HoldState, SpendLock
from loyalty.lib.errors import DomainError
from loyalty.models import Hold, Programme, UsedSpendToken
from partners.models import Partner
from tests.factories.loyalty import make_member, make_partner, make_programme

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TTL = timedelta(minutes=10)


@pytest.fixture
def programme() -> Programme:
    return make_programme(spend_daily_cap=1000)


@pytest.fixture
def partner(programme: Programme) -> Partner:
    return make_partner()


@pytest.fixture
def member(programme: Programme) -> Member:
    made = make_member(user=User.objects.create_user("anna@example.org"))
    ledger.grant(member_id=made.pk, kind=EntryKind.ADJUSTMENT, points=100_000, programme=programme, now=timezone.now(), key=None)
    return made


def at_once(jobs: list[Callable[[], object]]) -> Counter[str]:
    """Run the jobs side by side, each on its own connection; “done” or the code of the refusal, counted."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> str:
        try:
            start.wait(timeout=30)
            job()
        except DomainError as error:
            return error.code
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(pool.map(run, jobs))


def spend(member: Member, partner: Partner, programme: Programme, points: int, code: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        till.authorise(member_id=member.pk, partner=partner, programme=programme, points=points, proof=Proof("token", code), now=now)
        ledger.place_hold(member_id=member.pk, points=points, ttl=TTL, now=now, partner_id=partner.pk)


def test_of_twenty_tills_with_one_code_one_wins(member: Member, partner: Partner, programme: Programme) -> None:
    for _round in range(5):
        code = till.issue_code(member.pk, now=timezone.now()).text
        assert at_once([lambda code=code: spend(member, partner, programme, 10, code)] * 20) == {"done": 1, "token_used": 19}  # type: ignore[misc]
    assert Hold.objects.count() == UsedSpendToken.objects.count() == 5


def test_the_cap_holds_for_twenty_tills_at_once(member: Member, partner: Partner, programme: Programme) -> None:
    codes = [till.issue_code(member.pk, now=timezone.now()).text for _ in range(20)]
    jobs = [lambda code=code: spend(member, partner, programme, 150, code) for code in codes]  # type: ignore[misc]
    assert at_once(jobs) == {"done": 6, "daily_cap_reached": 14}
    assert sum(Hold.objects.values_list("points", flat=True)) == 900
    assert list(verify(now=timezone.now())) == []


def test_no_spend_passes_once_the_lock_is_closed(member: Member, partner: Partner, programme: Programme) -> None:
    codes = [till.issue_code(member.pk, now=timezone.now()).text for _ in range(10)]
    jobs: list[Callable[[], object]] = [lambda code=code: spend(member, partner, programme, 1, code) for code in codes]  # type: ignore[misc]
    closed_at: list[int] = []

    def close() -> None:
        till.set_spend_lock(member.pk, SpendLock.CLOSED, now=timezone.now())
        closed_at.append(Hold.objects.count())

    results = at_once([*jobs, close])
    assert results["done"] + results["spend_locked"] == 11
    assert Hold.objects.count() == closed_at[0] == results["done"] - 1


def test_of_agree_and_decline_at_once_one_wins(member: Member, partner: Partner, programme: Programme) -> None:
    for _round in range(5):
        hold = ledger.place_hold(member_id=member.pk, points=5, ttl=TTL, now=timezone.now(), partner_id=partner.pk, awaiting_member=True)
        answers: list[Callable[[], object]] = [
            lambda answer=answer, pk=hold.pk: answer(member_id=member.pk, hold_id=pk, now=timezone.now())  # type: ignore[misc]
            for answer in (till.agree_to_hold, till.decline_hold)
        ]
        results = at_once(answers)
        assert results["done"] == 1
        hold.refresh_from_db()
        assert hold.state == (HoldState.ACTIVE if results["hold_agreed"] else HoldState.RELEASED)
