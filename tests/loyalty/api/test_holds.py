"""Two-phase spending over the API: each way a hold can end has one answer."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Card, Member
from loyalty.domain.till import agree_to_hold
from loyalty.models import Entry
from tests.factories.loyalty import make_programme
from tests.factories.till import Till, balance_of, code, make_holder, make_till

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return make_till()


@pytest.fixture
def holder() -> tuple[Member, Card]:
    return make_holder(points=300)


def _hold(till: Till, member: Member, points: int = 200, **more: Any) -> Any:
    answer = till.post("holds/", {"member": {"token": code(member)}, "points": points, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_hold_sets_points_aside_and_a_capture_spends_a_part(till: Till, holder: tuple[Member, Card]) -> None:
    member, card = holder
    hold = _hold(till, member)
    assert (hold["state"], hold["points"], hold["captured_points"]) == ("active", 200, 0)
    assert hold["balance"] == {"available": 100, "pending": 0, "held": 200, "debt": 0}
    captured = till.post(f"holds/{hold['id']}/capture/", {"points": 150})
    assert captured.status_code == 200, captured.content
    assert (captured.json()["state"], captured.json()["captured_points"]) == ("captured", 150)
    assert balance_of(till, card) == {"available": 150, "pending": 0, "held": 0, "debt": 0}
    assert Entry.objects.get(kind="redemption").points == -150


def test_a_capture_without_points_takes_all(till: Till, holder: tuple[Member, Card]) -> None:
    hold = _hold(till, holder[0])
    assert till.post(f"holds/{hold['id']}/capture/", {}).json()["captured_points"] == 200


def test_a_release_frees_the_points(till: Till, holder: tuple[Member, Card]) -> None:
    hold = _hold(till, holder[0])
    released = till.post(f"holds/{hold['id']}/release/", {}).json()
    assert (released["state"], released["balance"]["available"], released["balance"]["held"]) == ("released", 300, 0)


@pytest.mark.parametrize("second", ["capture", "release"])
@pytest.mark.parametrize(("first", "code_"), [("capture", "hold_captured"), ("release", "hold_released")])
def test_a_hold_ends_once(till: Till, holder: tuple[Member, Card], first: str, second: str, code_: str) -> None:
    hold = _hold(till, holder[0])
    assert till.post(f"holds/{hold['id']}/{first}/", {}).status_code == 200
    again = till.post(f"holds/{hold['id']}/{second}/", {})
    assert (again.status_code, again.json()["code"]) == (409, code_)


def test_the_clock_ends_a_hold(till: Till, holder: tuple[Member, Card], monkeypatch: pytest.MonkeyPatch) -> None:
    hold = _hold(till, holder[0], ttl_seconds=30)
    later = timezone.now() + timedelta(seconds=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    shown = till.get(f"holds/{hold['id']}/").json()
    assert (shown["state"], shown["balance"]["available"]) == ("lapsed", 300)
    for path in ("capture", "release"):
        late = till.post(f"holds/{hold['id']}/{path}/", {})
        assert (late.status_code, late.json()["code"]) == (409, "hold_lapsed")


def test_more_than_the_hold_is_not_captured(till: Till, holder: tuple[Member, Card]) -> None:
    hold = _hold(till, holder[0])
    above = till.post(f"holds/{hold['id']}/capture/", {"points": 201})
    assert (above.status_code, above.json()["code"]) == (422, "capture_above_hold")
    assert till.get(f"holds/{hold['id']}/").json()["state"] == "active"


def test_a_hold_waits_for_the_members_consent(till: Till, holder: tuple[Member, Card]) -> None:
    make_programme(spend_requires="confirmation")
    member, card = holder
    hold = till.post("holds/", {"member": {"card": card.number}, "points": 200}).json()
    assert hold["state"] == "awaiting_member"
    early = till.post(f"holds/{hold['id']}/capture/", {})
    assert (early.status_code, early.json()["code"]) == (409, "hold_awaits_member")
    agree_to_hold(member_id=member.pk, hold_id=uuid.UUID(hold["id"]), now=timezone.now())
    assert till.get(f"holds/{hold['id']}/").json()["state"] == "active"
    assert till.post(f"holds/{hold['id']}/capture/", {}).status_code == 200


def test_a_foreign_or_unknown_hold_is_404(till: Till, holder: tuple[Member, Card]) -> None:
    other = make_till(slug="chemist")
    hold = _hold(till, holder[0])
    for hold_id in (hold["id"], str(uuid.uuid4())):
        answers = [other.get(f"holds/{hold_id}/"), other.post(f"holds/{hold_id}/capture/", {}), other.post(f"holds/{hold_id}/release/", {})]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "hold_not_found")] * 3
    assert till.get(f"holds/{hold['id']}/").json()["state"] == "active"


def test_a_refused_hold_leaves_the_code_good(till: Till, holder: tuple[Member, Card]) -> None:
    token = code(holder[0])
    refused = till.post("holds/", {"member": {"token": token}, "points": 301})
    assert (refused.status_code, refused.json()["code"]) == (422, "insufficient_points")
    assert till.post("holds/", {"member": {"token": token}, "points": 300}).status_code == 201


def test_a_repeated_call_places_one_hold(till: Till, holder: tuple[Member, Card]) -> None:
    body = {"member": {"token": code(holder[0])}, "points": 100}
    first, again = till.post("holds/", body, once="h"), till.post("holds/", body, once="h")
    assert again.json() == first.json()
    assert balance_of(till, holder[1])["held"] == 100


@pytest.mark.parametrize("ttl", [29, 86_401, True, "60"])
def test_a_hold_lasts_30_seconds_to_a_day(till: Till, holder: tuple[Member, Card], ttl: Any) -> None:
    answer = till.post("holds/", {"member": {"token": code(holder[0])}, "points": 1, "ttl_seconds": ttl})
    assert answer.json()["errors"][0]["field"] == "ttl_seconds"
