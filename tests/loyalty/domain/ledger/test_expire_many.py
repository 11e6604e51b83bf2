"""Expiry of many members: what PostgreSQL writes at once is what the Book would write, in portions that share the work."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.domain.ledger import mass as ledger_mass
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind
from loyalty.lib.errors import DomainError
from loyalty.models import Allocation, Entry, Event, Lot, Programme
from tests.factories.loyalty import make_member, make_programme, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db
END = "2026-03-11 00:00"


@pytest.fixture
def programme() -> Programme:
    return make_programme(lifetime_days=10, pending_days=0)


def give(member: Member, points: int, when: str, programme: Programme) -> Entry:
    return ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=points, programme=programme, now=moment(when, programme), key=None)


def crowd(programme: Programme, seed: int) -> list[Member]:
    """Members with up to three lots of 1 and 2 March; some have spent, some have holds, some owe."""
    chance = random.Random(seed)
    made = [make_member() for _member in range(12)]
    for member in made:
        for _lot in range(chance.randint(0, 3)):
            give(member, chance.randint(5, 30), chance.choice(["2026-03-01 09:00", "2026-03-01 10:00", "2026-03-02 09:00"]), programme)
        now = moment("2026-03-10 20:00", programme)
        for attempt in (
            lambda pk=member.pk, now=now: ledger.deduct(member_id=pk, points=chance.randint(1, 20), now=now, key=None, reason="", actor_id=None),
            lambda pk=member.pk, now=now: place_hold(pk, chance, now),
        ):
            if chance.random() < 0.5:
                try:
                    attempt()
                except DomainError as refused:
                    assert refused.code == "insufficient_points"
    return made


def place_hold(member_id: int, chance: random.Random, now: datetime) -> None:
    hold = ledger.place_hold(member_id=member_id, points=chance.randint(1, 20), ttl=timedelta(hours=chance.choice([1, 3, 5, 60])), now=now)
    if chance.random() < 0.3:
        ledger.release_hold(hold.pk, now=now)
    elif chance.random() < 0.3:
        ledger.capture_hold(hold.pk, points=1, now=now)


def written() -> list[Any]:
    """What a run left, but for the ids: lots, entries of expiry with their allocations, events in the order of each member's entries."""
    entries = Entry.objects.filter(kind=EntryKind.EXPIRY).order_by("member_id", "pk")
    numbers = {pk: number for number, pk in enumerate(entries.values_list("pk", flat=True))}
    allocations = Allocation.objects.filter(entry__in=entries).values_list("entry_id", "lot_id", "points", "occurred_at")
    events = Event.objects.filter(kind="points_expired").values_list("payload", "member_id", "occurred_at", "created_at")
    return [
        list(Lot.objects.order_by("pk").values_list("pk", "remaining", "is_open")),
        list(entries.values_list("member_id", "points", "forgiven", "occurred_at", "created_at", "key", "order", "order_return", "partner", "actor", "reason")),
        sorted((numbers[entry_id], *rest) for entry_id, *rest in allocations),
        sorted((numbers[payload.pop("entry")], sorted(payload.items()), *rest) for payload, *rest in events),
    ]


@pytest.mark.postgres
@pytest.mark.parametrize("as_of", [END, "2026-03-11 04:00", "2026-03-12 00:00", "2026-04-01 00:00"])
def test_at_once_and_through_the_book_the_same_is_written(as_of: str, programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    mass = ledger_mass.write_off_plain

    def watched(*args: Any, **kwargs: Any) -> ledger_mass.Done:
        done = mass(*args, **kwargs)
        at_once.append(done.entries)
        return done

    def nothing(members: list[int], **_dates: Any) -> ledger_mass.Done:
        return ledger_mass.Done(0, 0, 0, sorted(members))

    for seed in range(3):
        crowd(programme, seed)
    seen = []
    for way in (watched, nothing):
        monkeypatch.setattr(ledger_mass, "write_off_plain", way)
        with transaction.atomic():
            done = ledger.expire_points(now=moment("2026-03-11 00:30", programme), as_of=moment(as_of, programme))
            seen.append((done, written()))
            assert list(verify(now=moment("2026-03-11 00:30", programme))) == []
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    # Not everybody is plain, and not everybody special.
    assert 0 < sum(at_once) < seen[0][0].entries


def test_lots_of_one_instant_make_one_entry(programme: Programme) -> None:
    member, other = make_member(), make_member()
    for when in ("2026-03-01 09:00", "2026-03-01 10:00", "2026-03-02 09:00"):
        give(member, 10, when, programme)
    give(other, 7, "2026-03-01 09:00", programme)
    done = ledger.expire_points(now=moment("2026-03-12 00:00", programme))
    assert done == ledger.Expired(members=2, entries=3, points=37)
    assert list(Entry.objects.filter(kind="expiry").order_by("member_id", "pk").values_list("member_id", "points", "occurred_at")) == [
        (member.pk, -20, moment(END, programme)),
        (member.pk, -10, moment("2026-03-12 00:00", programme)),
        (other.pk, -7, moment(END, programme)),
    ]
    assert Event.objects.filter(kind="points_expired").count() == 3
    assert list(verify(now=timezone.now())) == []


def test_portions_are_told_and_follow_the_clock(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    for _member in range(9):
        give(make_member(), 1, "2026-03-01 09:00", programme)
    monkeypatch.setattr(ledger_mass, "_FIRST", 2)
    heard: list[int] = []
    ledger.expire_points(now=moment("2026-03-12 00:00", programme), report=lambda entries, seconds: heard.append(entries))
    assert heard[0] == 2
    assert sum(heard) == 9


def test_a_lot_that_is_held_beyond_its_end_runs_out_with_its_hold() -> None:
    cast = Cast(lifetime_days=10)
    cast.give(30, "2026-03-01 12:00")
    cast.hold(20, "2026-03-10 23:50", minutes=60)
    assert cast.expire("2026-03-11 00:10") == 10
    assert cast.expire("2026-03-11 00:20") == 0
    assert cast.expire("2026-03-11 00:50") == 20


def test_points_that_a_lapsed_hold_set_free_pay_the_debt_before_they_run_out() -> None:
    cast = Cast(lifetime_days=10, return_shortfall="debt")
    cast.give(30, "2026-03-01 12:00")
    cast.hold(30, "2026-03-10 20:00", minutes=60)
    cast.bring_back("r1", "2026-03-10 20:30", "100.00")
    assert cast.points("2026-03-10 20:30") == (0, 0, 30, 10)
    assert cast.expire("2026-03-12 00:00") == 20
    assert cast.points("2026-03-12 00:00") == (0, 0, 0, 0)
