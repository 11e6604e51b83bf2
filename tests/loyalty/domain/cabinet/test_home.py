"""The home page's read model."""

from datetime import date
from decimal import Decimal

import pytest

from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.domain.cabinet import HistoryFilters, Home, history_page, home_of
from loyalty.domain.cabinet.home import smallest_order
from loyalty.enums import EntryKind
from tests.factories.cabinet import bring_back, buy, make_login, spend_late
from tests.factories.loyalty import make_partner, make_programme, moment

pytestmark = pytest.mark.django_db


def at(member_id: int, when: str) -> Home:
    return home_of(member_id, programme=programmes.current(), now=moment(when))


def test_worth_is_in_money() -> None:
    programme = make_programme(point_value=Decimal("0.5"))
    member = make_login()
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=301, programme=programme, now=moment("2026-11-01 09:00"), key="w")
    assert at(member.pk, "2026-11-02 09:00").worth == Decimal("150.5")


def test_the_nearest_dates_are_named() -> None:
    programme = make_programme()
    member, bakery = make_login(), make_partner("bakery", base="10")
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=410, programme=programme, now=moment("2025-12-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2026-11-20 09:00"))
    buy(member, bakery, "B", moment("2026-11-21 09:00"))
    page = at(member.pk, "2026-11-22 09:00")
    assert page.next_pending is not None
    assert page.next_expiring is not None
    assert (page.next_pending.on, page.next_pending.points) == (date(2026, 11, 27), 100)
    assert (page.next_expiring.on, page.next_expiring.points) == (date(2026, 12, 1), 410)
    assert page.expiring_pays == Decimal(820)


@pytest.mark.parametrize(("share", "value", "expected"), [("50", "1", 820), ("100", "1", 410), ("30", "1", 1367), ("50", "0.1", 82), ("0", "1", None)])
def test_the_smallest_order_that_points_help_to_pay(share: str, value: str, expected: int | None) -> None:
    programme = make_programme(spendable_share=Decimal(share), point_value=Decimal(value))
    assert smallest_order(410, programme) == expected


def test_saved_by_years_of_the_programmes_zone_without_what_returns_gave_back() -> None:
    programme = make_programme()
    member, bakery = make_login(), make_partner("bakery", base="10")
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=2000, programme=programme, now=moment("2025-06-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2025-12-31 23:59"), redeem=100)
    buy(member, bakery, "B", moment("2026-01-01 00:00"), redeem=200)
    buy(member, bakery, "C", moment("2026-02-01 00:00"), redeem=300)
    bring_back(member, bakery, "R", moment("2026-02-02 00:00"), ("Bread", "1000.00"), original="C")
    page = at(member.pk, "2026-11-22 09:00")
    assert [(year.year, year.money) for year in page.saved] == [(2025, 100), (2026, 200)]
    assert page.saved_since == date(2025, 12, 31)


def test_a_newcomer_has_nothing() -> None:
    make_programme()
    page = at(make_login().pk, "2026-11-22 09:00")
    assert (page.recent, page.saved, page.saved_since, page.next_pending, page.next_expiring) == ([], [], None, None, None)


def test_the_latest_are_told_whether_they_moved_points_or_not() -> None:
    make_programme()
    member, bakery, free = make_login(), make_partner("bakery", base="10"), make_partner("free", base="0")
    for day in range(1, 5):
        buy(member, bakery, f"A{day}", moment(f"2026-11-0{day} 09:00"))
        buy(member, free, f"B{day}", moment(f"2026-11-0{day} 10:00"))
    bring_back(member, free, "R", moment("2026-11-05 09:00"), ("Tea", "50.00"))
    recent = at(member.pk, "2026-11-22 09:00").recent
    assert [(one.kind, one.earned, one.taken, one.on.day, one.entry.partner.name) for one in recent] == [  # type: ignore[union-attr]
        ("return", 0, 0, 5, free.name),
        ("receipt", 0, 0, 4, free.name),
        ("receipt", 100, 0, 4, bakery.name),
        ("receipt", 0, 0, 3, free.name),
        ("receipt", 100, 0, 3, bakery.name),
    ]


def test_the_latest_say_the_same_as_the_history() -> None:
    programme = make_programme()
    member, bakery, free = make_login(), make_partner("bakery", base="10"), make_partner("free", base="0")
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    ledger.expire_points(now=moment("2026-10-20 09:00"))
    spend_late(member, bakery, "late", moment("2026-10-01 09:00"), 60, now=moment("2026-10-20 09:00"))
    buy(member, free, "B", moment("2026-11-01 09:00"))
    buy(member, bakery, "C", moment("2026-11-02 09:00"))
    bring_back(member, bakery, "R", moment("2026-11-03 09:00"), ("Bread", "1000.00"), original="C")
    now = moment("2026-11-05 09:00")
    recent = home_of(member.pk, programme=programme, now=now).recent
    shown = history_page(member.pk, filters=HistoryFilters(), zone=programme.zone, now=now, size=5)
    same = ("kind", "on", "earned", "taken", "available_on", "waits_until", "gone_on", "cancelled")
    listed = [one for month in shown.months for one in month.operations]
    assert [[getattr(one, name) for name in same] for one in recent] == [[getattr(one, name) for name in same] for one in listed]
    assert [(one.entry.order_id, one.entry.partner_id) for one in recent] == [(one.entry.order_id, one.entry.partner_id) for one in listed]
