"""Filters by points count what a member can spend at the broadcast's moment, as their balance says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.domain.notifications import broadcasts
from accounts.models import Broadcast, Member
from loyalty.domain import ledger
from loyalty.domain.ledger import member_balance
from loyalty.domain.outreach import audience_members, audience_size, next_audience_members
from loyalty.enums import EntryKind
from loyalty.models import Programme
from tests.accounts.notifications.cast import SENDER, make_reachable
from tests.factories.loyalty import make_programme

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def programme() -> Programme:
    return make_programme(pending_days=0, lifetime_days=10)


def give(member: Member, points: int, programme: Programme, at: datetime = NOW) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.ADJUSTMENT, points=points, programme=programme, now=at, key=None)


def found(least: int, at: datetime) -> list[int]:
    return sorted(audience_members({"min_points": least}, at=at).values_list("pk", flat=True))


def test_points_that_a_till_holds_do_not_count(programme: Programme) -> None:
    member = make_reachable()
    give(member, 100, programme)
    ledger.place_hold(member_id=member.pk, points=60, ttl=HOUR, now=NOW)
    assert found(41, NOW) == []
    assert found(40, NOW) == [member.pk]
    assert member_balance(member.pk, programme=programme, at=NOW).available == 40
    assert found(100, NOW + HOUR) == [member.pk], "the hold has lapsed, whether or not a job ran"


def test_a_hold_that_was_released_or_captured_binds_no_longer(programme: Programme) -> None:
    freed, spent = make_reachable(), make_reachable()
    for member, end in ((freed, ledger.release_hold), (spent, None)):
        give(member, 100, programme)
        hold = ledger.place_hold(member_id=member.pk, points=60, ttl=HOUR, now=NOW)
        if end:
            end(hold.pk, now=NOW + HOUR / 2)
        else:
            ledger.capture_hold(hold.pk, points=60, now=NOW + HOUR / 2)
    assert found(41, NOW + HOUR / 2) == [freed.pk]
    assert found(40, NOW + HOUR / 2) == [freed.pk, spent.pk]


def test_the_end_of_a_lot_and_of_waiting_is_the_clocks_matter(programme: Programme) -> None:
    member = make_reachable()
    give(member, 5, programme)
    ends = member.lots.get().expires_at
    assert found(5, ends - timedelta(seconds=1)) == [member.pk]
    assert found(1, ends) == []
    assert audience_size({"min_points": 1}, at=ends) == 0


def test_every_page_of_a_broadcast_is_of_the_moment_it_began(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [make_reachable(marketing=True) for _ in range(3)]
    for member in members:
        give(member, 10, programme, at=NOW)
    ends = members[0].lots.get().expires_at
    monkeypatch.setattr(broadcasts, "QUEUED_AT_ONCE", 1)
    made = Broadcast.objects.create(name="кофе", texts={"ru": {"title": "Кофе", "body": "Скоро."}}, audience={"min_points": 1})
    broadcasts.schedule(made.pk, at=None, now=ends - timedelta(minutes=1))
    asked: list[Any] = []

    def audience(where: dict[str, Any], at: datetime, after: int, limit: int) -> Any:
        asked.append(at)
        return next_audience_members(where, at, after, limit)

    clock = iter(ends - timedelta(minutes=1) + timedelta(minutes=n) for n in range(100))
    broadcasts.work(audience=audience, sender=SENDER, clock=lambda: next(clock))
    made.refresh_from_db()
    assert made.audience_size == 3, "points that ended while it was queued still name their members"
    assert set(asked) == {made.started_at}
