"""The mass postings and the single ones write the same rows from the same histories: any members, debts, holds, spends, dates.

ZHETON_EXAMPLES=500 tries that many. PostgreSQL: SQLite has the single way only.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.domain import ledger
from loyalty.domain.ledger import Gift, mass
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind, LotSource
from loyalty.lib.errors import DomainError
from loyalty.models import Allocation, Debt, Entry, Event, Lot
from tests.loyalty.cast import Cast

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
EXAMPLES = int(os.environ.get("ZHETON_EXAMPLES", "0"))
PROFILE = settings(max_examples=EXAMPLES or 12, deadline=None, derandomize=not EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
BEGAN = "2026-03-01 09:00"

# What happened to a member: hours since the day before, what, points.
DEEDS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["give", "give", "spend", "hold", "release", "capture", "return"]), st.integers(1, 40)), max_size=6
)
CROWDS = st.lists(DEEDS, min_size=1, max_size=5)
# Hours after the beginning at which the mass posting runs; lots live ten days.
RUNS = st.integers(9 * 24, 13 * 24)


def happen(cast: Cast, member_id: int, deeds: list[tuple[int, str, int]]) -> None:
    """Play a history, leaving out what the ledger refuses."""
    clock, holds = cast.at(BEGAN), []
    for hours, what, points in deeds:
        clock += timedelta(hours=hours)
        try:
            with transaction.atomic():
                if what == "give":
                    ledger.grant(member_id=member_id, kind=EntryKind.ADJUSTMENT, points=points, programme=cast.programme, now=clock, key=None)
                elif what == "spend":
                    ledger.deduct(member_id=member_id, points=points, now=clock, key=None, reason="", actor_id=None)
                elif what == "hold":
                    holds.append(ledger.place_hold(member_id=member_id, points=points, ttl=timedelta(hours=points * 7), now=clock))
                elif what == "return":
                    mine = Cast.__new__(Cast)
                    mine.__dict__.update(cast.__dict__, member=type(cast.member)(pk=member_id))
                    mine.bring_back(f"r{Entry.objects.count()}", f"{clock.astimezone(cast.programme.zone):%Y-%m-%d %H:%M}", f"{points}0.00")
                elif holds:
                    hold = holds.pop()
                    if what == "release":
                        ledger.release_hold(hold.pk, now=clock)
                    else:
                        ledger.capture_hold(hold.pk, points=1, now=clock)
        except DomainError:
            continue


def rows() -> list[Any]:
    """Everything of the ledger but the ids of entries, which stand for the members' entries in their order."""
    entries = list(Entry.objects.order_by("member_id", "pk").values_list("pk", flat=True))
    number = {pk: place for place, pk in enumerate(entries)}
    of_lot = {pk: (number[entry_id], place) for place, (pk, entry_id) in enumerate(Lot.objects.order_by("entry_id", "pk").values_list("pk", "entry_id"))}
    plain = "member_id kind points forgiven occurred_at created_at key order order_return partner actor reason"
    return [
        list(Entry.objects.order_by("member_id", "pk").values_list(*plain.split())),
        sorted(
            (
                (number[entry_id], *rest)
                for entry_id, *rest in Lot.objects.values_list(
                    "entry_id", "member_id", "source", "funder", "points", "remaining", "is_open", "occurred_at", "available_at", "expires_at"
                )
            ),
            key=repr,
        ),
        sorted(
            (number[entry_id], of_lot[lot_id][0], *rest)
            for entry_id, lot_id, *rest in Allocation.objects.values_list("entry_id", "lot_id", "points", "occurred_at")
        ),
        sorted((number[pk], *rest) for pk, *rest in Debt.objects.values_list("pk", "member_id", "points", "remaining", "occurred_at")),
        sorted(
            (
                (member_id, kind, number.get(payload.get("entry")), sorted((key, value) for key, value in payload.items() if key != "entry"), *rest)
                for member_id, kind, payload, *rest in Event.objects.values_list("member_id", "kind", "payload", "occurred_at", "created_at")
            ),
            key=repr,
        ),
    ]


def both_ways(run: Callable[[], object], monkeypatch: pytest.MonkeyPatch, *, now: datetime) -> tuple[list[Any], list[Any]]:
    """The rows after `run` by the database at once, and after the same by the Book."""
    seen = []
    for at_once in (True, False):
        with monkeypatch.context() as patch, transaction.atomic():
            if not at_once:
                for name in ("write_off_plain", "credit_plain"):
                    patch.setattr(mass, name, lambda members, *_given, **_dates: mass.Done(0, 0, 0, sorted(members)))
            done = run()
            assert list(verify(now=now)) == []
            seen.append([done, *rows()])
            transaction.set_rollback(True)
    return seen[0], seen[1]


@given(crowd=CROWDS, hours=RUNS, shortfall=st.sampled_from(["debt", "forgive"]))
@PROFILE
def test_expiry_at_once_writes_what_the_book_writes(crowd: list[Any], hours: int, shortfall: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch, transaction.atomic():
        cast = Cast(lifetime_days=10, pending_days=0, return_shortfall=shortfall)
        for deeds in crowd:
            happen(cast, fresh_member(), deeds)
        now = cast.at(BEGAN) + timedelta(hours=hours)
        at_once, by_the_book = both_ways(lambda: ledger.expire_points(now=now), monkeypatch, now=now)
        assert at_once == by_the_book
        transaction.set_rollback(True)


@given(crowd=CROWDS, hours=RUNS, points=st.integers(1, 30), shortfall=st.sampled_from(["debt", "forgive"]))
@PROFILE
def test_a_credit_to_many_writes_what_single_credits_write(crowd: list[Any], hours: int, points: int, shortfall: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch, transaction.atomic():
        cast = Cast(lifetime_days=10, pending_days=0, return_shortfall=shortfall)
        members = [fresh_member() for _deeds in crowd]
        for member_id, deeds in zip(members, crowd, strict=True):
            happen(cast, member_id, deeds)
        now = cast.at(BEGAN) + timedelta(hours=hours)
        gift = Gift(EntryKind.OFFER, points, "spring", now, now, now + timedelta(days=30), LotSource.OFFER, cast.partner.pk, "Spring")
        at_once, by_the_book = both_ways(lambda: ledger.credit_each(members, gift, now=now), monkeypatch, now=now)
        assert at_once == by_the_book
        transaction.set_rollback(True)


def fresh_member() -> int:
    from tests.factories.loyalty import make_member

    return make_member().pk
