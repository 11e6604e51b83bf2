"""The same credit for many members at once: each gets it once, debts are paid, whatever is stopped can be repeated."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loyalty.domain import ledger
from loyalty.domain.ledger import Gift, mass
from loyalty.domain.verify import verify
from loyalty.enums import EntryKind, LotSource
from loyalty.models import Debt, Entry, Event, Lot
from tests.factories.loyalty import make_member
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db
NOW = "2026-03-10 12:00"


def gift(cast: Cast, **changed: Any) -> Gift:
    at = cast.at(NOW)
    return replace(Gift(EntryKind.OFFER, 25, "spring", at, at, at + timedelta(days=30), LotSource.OFFER, cast.partner.pk, "Spring"), **changed)


def test_each_gets_a_lot_of_the_sponsor_and_an_event() -> None:
    cast = Cast()
    members = [make_member().pk for _ in range(3)]
    given = gift(cast)
    assert ledger.credit_each([*members, members[0]], given, now=given.occurred_at) == 3
    entries = Entry.objects.filter(kind="offer").order_by("member_id")
    assert list(entries.values_list("member_id", "points", "key", "occurred_at", "created_at", "partner_id", "reason")) == [
        (pk, 25, f"spring:{pk}", given.occurred_at, given.occurred_at, cast.partner.pk, "Spring") for pk in members
    ]
    lots = Lot.objects.order_by("member_id").values_list("member_id", "points", "remaining", "source", "funder_id", "occurred_at", "available_at", "expires_at")
    assert list(lots) == [
        (pk, 25, 25, "offer", cast.partner.pk, given.occurred_at, given.available_at, given.occurred_at + timedelta(days=30)) for pk in members
    ]
    events = Event.objects.filter(kind="points_credited").order_by("member_id").values_list("member_id", "occurred_at", "payload")
    assert list(events) == [
        (entry.member_id, given.occurred_at, {"entry": entry.pk, "kind": "offer", "points": 25, "order": None}) for entry in entries.order_by("member_id")
    ]
    assert list(verify(now=timezone.now())) == []


def test_who_has_it_does_not_get_it_again() -> None:
    cast = Cast()
    first, second = make_member().pk, make_member().pk
    assert ledger.credit_each([first], gift(cast), now=cast.at(NOW)) == 1
    assert ledger.credit_each([first, second], gift(cast), now=cast.at(NOW)) == 1
    assert ledger.credit_each([first, second], gift(cast), now=cast.at(NOW)) == 0
    assert ledger.credit_each([first, second], gift(cast, key="summer"), now=cast.at(NOW)) == 2
    assert Entry.objects.filter(kind="offer").count() == 4


def test_a_debt_is_settled_by_it() -> None:
    cast = Cast(return_shortfall="debt")
    cast.bring_back("r1", "2026-03-09 12:00", "100.00")
    assert Debt.objects.get().remaining == 10
    assert ledger.credit_each([make_member().pk, cast.member.pk], gift(cast), now=cast.at(NOW)) == 2
    assert cast.points(NOW) == (15, 0, 0, 0)
    assert ledger.credit_each([cast.member.pk], gift(cast), now=cast.at(NOW)) == 0


def test_an_id_that_is_nobodys_is_passed_over() -> None:
    cast = Cast()
    member = make_member().pk
    assert ledger.credit_each([member, member + 1000], gift(cast), now=cast.at(NOW)) == 1


def test_what_was_stopped_halfway_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    members = [make_member().pk for _ in range(7)]
    monkeypatch.setattr(mass, "_FIRST", 2)

    def stop(entries: int, seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.credit_each(members, gift(cast), now=cast.at(NOW), report=stop)
    assert Entry.objects.filter(kind="offer").count() == 2
    assert ledger.credit_each(members, gift(cast), now=cast.at(NOW)) == 5
    assert list(Entry.objects.filter(kind="offer").order_by("member_id").values_list("member_id", flat=True)) == members


@pytest.mark.postgres
def test_at_once_and_one_by_one_the_same_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connection.vendor == "postgresql"
    cast = Cast()
    members = [make_member().pk for _ in range(3)]
    seen = []
    for special in (False, True):
        with transaction.atomic():
            if special:
                monkeypatch.setattr(mass, "credit_plain", lambda members, gift, *, now: mass.Done(0, 0, 0, sorted(members)))
            ledger.credit_each(members, gift(cast), now=cast.at(NOW))
            rows: list[Any] = [
                list(model.objects.order_by("member_id").values_list(*[name for name in fields.split() if name]))
                for model, fields in (
                    (Entry, "member_id kind points forgiven occurred_at created_at key order order_return partner actor reason"),
                    (Lot, "member_id source funder points remaining is_open occurred_at available_at expires_at"),
                    (Event, "member_id kind occurred_at created_at payload__kind payload__points payload__order"),
                )
            ]
            seen.append(rows)
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
