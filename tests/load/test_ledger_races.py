"""Many at once on real connections: nothing is spent twice, nobody deadlocks, no error is left unhandled."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Event

import pytest
from django.db import Error as DatabaseFailure
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.domain.ledger import deduct, door, grant, mass, member_balance
from loyalty.domain.orders import import_orders, recording
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Entry, Hold, Lot, Order, Programme, Return
from partners.models import CustomerNumber, Partner
from tests.factories.loyalty import make_member, make_partner, make_programme

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def programme() -> Programme:
    return make_programme(pending_days=0)


@pytest.fixture
def partner(programme: Programme) -> Partner:
    return make_partner()


@pytest.fixture
def member(programme: Programme) -> Member:
    """1 000 points in ten lots."""
    made = make_member()
    for number in range(10):
        give(made, 100, programme, now=NOW - timedelta(days=10 - number))
    return made


def give(member: Member, points: int, programme: Programme, *, now: datetime = NOW, key: str | None = None) -> Entry:
    return grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=points, programme=programme, now=now, key=key)


def spend(member: Member, points: int) -> Entry:
    return deduct(member_id=member.pk, points=points, now=NOW, key=None, reason="", actor_id=None)


def at_once(jobs: Sequence[Callable[[], object]], *, tries: int = 1) -> Counter[str]:
    """Every job in a thread with a connection of its own, `tries` times: what they gave, counted.

    Refusals count by their code; a database error counts by its class, so that a test sees it.
    """
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> list[str]:
        seen = []
        try:
            start.wait(timeout=60)
            for _ in range(tries):
                try:
                    outcome = job()
                    seen.append(outcome if isinstance(outcome, str) else "done")
                except DomainError as error:
                    seen.append(error.code)
                except DatabaseFailure as error:
                    seen.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(outcome for seen in pool.map(run, jobs) for outcome in seen)


def record(document: recording.Document, partner: Partner, programme: Programme) -> str:
    (outcome,) = recording.record([document], partner=partner, programme=programme, now=NOW)
    return outcome.code or outcome.status


def test_fifty_spenders_spend_exactly_what_is_there(member: Member, programme: Programme) -> None:
    outcomes = at_once([lambda: spend(member, 2)] * 50, tries=20)
    assert outcomes == {"done": 500, "insufficient_points": 500}
    balance = member_balance(member.pk, programme=programme, at=NOW)
    assert (balance.available, balance.lifetime.spent) == (0, 1000)
    assert not Lot.objects.filter(remaining__lt=0).exists()
    assert list(verify(now=timezone.now())) == []


def test_without_the_guard_the_same_goes_wrong(member: Member, programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race above is a real one: this proves that it would be seen."""
    monkeypatch.setattr(door, "lock_members", lambda members: None)
    for _run in range(5):
        outcomes = at_once([lambda: spend(member, 7)] * 16, tries=10)
        spent = -sum(Entry.objects.filter(points__lt=0).values_list("points", flat=True))
        if set(outcomes) - {"done", "insufficient_points"} or spent > 1000:
            return
        give(member, spent, programme)
    pytest.fail("nothing went wrong without the lock in five runs")


def test_spending_holding_capturing_and_releasing_at_once(member: Member, programme: Programme) -> None:
    def till(number: int) -> Callable[[], object]:
        chance = random.Random(number)

        def visit() -> object:
            points = chance.randrange(1, 30)
            if chance.random() < 0.4:
                return spend(member, points)
            hold = ledger.place_hold(member_id=member.pk, points=points, ttl=timedelta(minutes=5), now=NOW)
            if chance.random() < 0.3:
                return ledger.release_hold(hold.pk, now=NOW)
            return ledger.capture_hold(hold.pk, points=chance.randrange(1, points + 1), now=NOW)

        return visit

    outcomes = at_once([till(number) for number in range(20)], tries=8)
    assert set(outcomes) <= {"done", "insufficient_points"}
    balance = member_balance(member.pk, programme=programme, at=NOW)
    assert balance.available + balance.held + balance.lifetime.spent == 1000
    assert balance.available >= 0
    assert list(verify(now=timezone.now())) == []


def test_parallel_holds_set_aside_at_most_what_is_there(member: Member, programme: Programme) -> None:
    outcomes = at_once([lambda: ledger.place_hold(member_id=member.pk, points=30, ttl=timedelta(minutes=5), now=NOW)] * 40)
    assert outcomes == {"done": 33, "insufficient_points": 7}
    balance = member_balance(member.pk, programme=programme, at=NOW)
    assert (balance.available, balance.held) == (10, 990)
    assert list(verify(now=timezone.now())) == []


def test_a_hold_is_captured_once(member: Member) -> None:
    hold = ledger.place_hold(member_id=member.pk, points=30, ttl=timedelta(minutes=5), now=NOW)
    jobs = [lambda: ledger.capture_hold(hold.pk, points=30, now=NOW), lambda: ledger.release_hold(hold.pk, now=NOW)] * 8
    outcomes = at_once(jobs)
    assert outcomes["done"] == 1
    assert sum(outcomes[code] for code in ("hold_captured", "hold_released")) == 15
    assert list(verify(now=timezone.now())) == []


def test_one_key_posts_once(member: Member, programme: Programme) -> None:
    assert at_once([lambda: give(member, 5, programme, key="welcome:1")] * 20) == {"done": 20}
    assert Entry.objects.filter(key="welcome:1").count() == 1
    hold = {"member_id": member.pk, "points": 5, "ttl": timedelta(minutes=5), "now": NOW, "key": "till:1"}
    assert at_once([lambda: ledger.place_hold(**hold)] * 20) == {"done": 20}
    assert Hold.objects.count() == 1


def test_one_order_is_recorded_once(member: Member, partner: Partner, programme: Programme) -> None:
    sale = recording.Sale("o1", member.pk, NOW, [recording.ReceiptLine(Decimal("100.00"))])
    assert at_once([lambda: record(sale, partner, programme)] * 20) == {"recorded": 1, "unchanged": 19}
    assert Entry.objects.filter(order__external_id="o1").count() == 1


def test_one_order_id_of_two_members_is_recorded_for_one(member: Member, partner: Partner, programme: Programme) -> None:
    sales = [recording.Sale("o1", one.pk, NOW, [recording.ReceiptLine(Decimal("100.00"))]) for one in [member, *(make_member() for _ in range(9))]]
    assert at_once([lambda sale=sale: record(sale, partner, programme) for sale in sales]) == {"recorded": 1, "conflict": 9}
    assert Order.objects.count() == 1
    assert list(verify(now=timezone.now())) == []


def test_parallel_partial_returns_stay_within_the_order(member: Member, partner: Partner, programme: Programme) -> None:
    record(recording.Sale("o1", member.pk, NOW, [recording.ReceiptLine(Decimal("100.00"))], redeem_points=50), partner, programme)
    returns = [recording.ReturnOf(f"r{number}", member.pk, NOW, [recording.ReceiptLine(Decimal("9.00"))], original="o1") for number in range(20)]
    assert at_once([lambda one=one: record(one, partner, programme) for one in returns]) == {"recorded": 11, "return_above_order": 9}
    assert sum(Return.objects.values_list("total", flat=True)) == Decimal("99.00")
    assert list(verify(now=timezone.now())) == []


def test_many_members_in_crossing_order_never_deadlock(partner: Partner, programme: Programme) -> None:
    members = [make_member() for _ in range(8)]
    for one in members:
        give(one, 1000, programme, now=NOW - timedelta(days=1))

    def batch(number: int) -> Callable[[], object]:
        chance = random.Random(number)
        count = 0

        def run() -> str:
            nonlocal count
            chosen = chance.sample(members, 5)
            documents: list[recording.Document] = []
            for one in chosen:
                count += 1
                name, lines = f"d{number}-{count}", [recording.ReceiptLine(Decimal("100.00"))]
                documents.append(chance.choice([recording.Sale(name, one.pk, NOW, lines, redeem_points=5), recording.ReturnOf(name, one.pk, NOW, lines)]))
            outcomes = recording.record(documents, partner=partner, programme=programme, now=NOW)
            return "+".join(sorted({outcome.status for outcome in outcomes}))

        return run

    def sweep() -> object:
        return door.expire_points(now=NOW + timedelta(days=400))

    assert at_once([*(batch(number) for number in range(5)), sweep], tries=10) == {"recorded": 50, "done": 10}
    assert list(verify(now=timezone.now())) == []


def test_expiry_passes_by_who_is_busy_and_comes_back(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs and a till that keeps a member for as long as there is somebody else to write off."""
    monkeypatch.setattr(mass, "_FIRST", 3)
    busy, *others = [make_member() for _ in range(40)]
    for one in [busy, *others]:
        give(one, 10, programme, now=NOW - timedelta(days=400))
    left = len(others)
    held, free = Event(), Event()

    def till() -> object:
        with transaction.atomic():
            door.lock_members({busy.pk})
            held.set()
            assert free.wait(timeout=60), "a run waited for the busy member before the others were done"
        return "done"

    def run() -> str:
        def hear(entries: int, _seconds: float) -> None:
            nonlocal left
            left -= entries
            if not left:
                free.set()

        assert held.wait(timeout=60)
        door.expire_points(now=NOW, report=hear)
        return "done"

    assert at_once([till, run, run]) == {"done": 3}
    assert Entry.objects.filter(kind=EntryKind.EXPIRY).count() == 40
    assert not Lot.objects.filter(is_open=True).exists()
    assert list(verify(now=timezone.now())) == []


def test_two_runs_of_one_campaign_credit_everybody_once(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mass, "_FIRST", 3)
    members = [make_member().pk for _ in range(60)]
    gift = mass.Gift(EntryKind.OFFER, 5, "spring", NOW, NOW, None)
    counted: list[int] = []
    assert at_once([lambda: counted.append(door.credit_each(members, gift, now=NOW))] * 4) == {"done": 4}
    assert sum(counted) == 60
    assert sorted(Entry.objects.values_list("member_id", flat=True)) == members
    assert list(verify(now=timezone.now())) == []


def test_what_is_spent_while_it_runs_out_is_counted_once(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tills that spend at the last moment, and two runs that write the rest off."""
    monkeypatch.setattr(mass, "_FIRST", 4)
    members = [make_member() for _ in range(30)]
    for one in members:
        give(one, 10, programme, now=NOW - timedelta(days=300))
        give(one, 10, programme, now=NOW - timedelta(days=300, hours=-1))
    end = max(Lot.objects.values_list("expires_at", flat=True))

    def till(number: int) -> Callable[[], object]:
        chance = random.Random(number)

        def visit() -> object:
            member, points, at = chance.choice(members), chance.randint(1, 15), end - timedelta(minutes=1)
            return deduct(member_id=member.pk, points=points, now=at, key=None, reason="", actor_id=None)

        return visit

    outcomes = at_once([*(till(number) for number in range(4)), *[lambda: door.expire_points(now=end, as_of=end)] * 2], tries=15)
    assert set(outcomes) <= {"done", "insufficient_points"}
    door.expire_points(now=end)
    for one in members:
        balance = member_balance(one.pk, programme=programme, at=end)
        assert (balance.available, balance.lifetime.spent + balance.lifetime.expired) == (0, 20)
    assert list(verify(now=timezone.now())) == []


@pytest.mark.parametrize("same", [True, False])
def test_two_imports_at_once_meet_the_same_new_customers(same: bool, partner: Partner, programme: Programme, tmp_path: Path) -> None:
    """The same file twice, and two files that name new customers in opposite order."""
    header = "order_id,member,occurred_at,amount\n"
    customers = list(range(300))
    files = []
    for copy in range(2):
        path = tmp_path / f"orders{copy}.csv"
        prefix = "o" if same else f"o{copy}-"
        path.write_text(header + "".join(f"{prefix}{n},{n},2026-03-01 {n // 60:02}:{n % 60:02},10.00\n" for n in customers))
        if not same and copy:
            path.write_text(header + "".join(f"{prefix}{n},{n},2026-03-01 {(299 - n) // 60:02}:{(299 - n) % 60:02},10.00\n" for n in customers))
        files.append(path)

    def load(path: Path) -> str:
        result = import_orders(path, partner=partner, programme=programme, now=NOW)
        return f"{result.sales + result.unchanged} of {result.rows}, {len(result.rejected)} rejected"

    assert at_once([lambda path=path: load(path) for path in files * 2]) == {"300 of 300, 0 rejected": 4}
    assert Order.objects.count() == (300 if same else 600)
    assert (CustomerNumber.objects.count(), Member.objects.count()) == (300, 300)
    assert list(verify(now=timezone.now())) == []
