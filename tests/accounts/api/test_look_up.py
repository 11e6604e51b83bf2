"""GET /members/{card}/: what a till may see, and how often."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models.card import CardBlockReason
from loyalty.domain.till import replace_card
from tests.factories.till import balance_of, make_holder, make_till

pytestmark = pytest.mark.django_db


def test_a_till_sees_the_first_name_and_the_balance_and_no_contacts() -> None:
    till = make_till()
    _member, card = make_holder(points=120, first_name="Анна", last_name="Петрова", phone="+79161234567", email="anna@example.org")
    answer = till.get(f"members/{card.number}/")
    assert answer.json() == {"card": card.number, "first_name": "Анна", "balance": {"available": 120, "pending": 0, "held": 0, "debt": 0}}


@pytest.mark.parametrize("number", ["9040000000000000", "1", "abc", "٩٠٤٠٠٠٠٠٠٠٠٠٠٠٠٠", "9" * 40])
def test_an_unknown_number_is_404(number: str) -> None:
    answer = make_till().get(f"members/{number}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_card")


def test_a_blocked_card_is_refused_with_the_reason_and_the_new_one_works() -> None:
    till = make_till()
    _member, card = make_holder(points=5)
    fresh = replace_card(card=card, reason=CardBlockReason.LOST, now=timezone.now())
    answer = till.get(f"members/{card.number}/")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (409, "card_blocked", "lost")
    assert balance_of(till, fresh)["available"] == 5


def test_look_ups_are_limited_a_key(settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_LOOKUPS_A_MINUTE = 3  # type: ignore[attr-defined]
    till, other = make_till(), make_till(slug="chemist")
    _member, card = make_holder()
    quote = {"lines": [{"amount": 1}], "member": {"card": card.number}}
    answers = [till.get(f"members/{card.number}/"), till.get("members/9040000000000000/"), till.post("quotes/", quote)]
    assert [answer.status_code for answer in answers] == [200, 404, 200]
    for refused in (till.get(f"members/{card.number}/"), till.post("quotes/", quote), till.post("holds/", {"member": {"card": card.number}, "points": 1})):
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_lookups")
        assert int(refused.headers["Retry-After"]) > 0
    assert other.get(f"members/{card.number}/").status_code == 200
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert till.get(f"members/{card.number}/").status_code == 200
