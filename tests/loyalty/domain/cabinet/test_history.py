"""The history read model."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from loyalty.domain import ledger
from loyalty.domain import programme as programmes
from loyalty.domain.cabinet import HISTORY_SHELVES, HistoryFilters, HistoryPage, Operation, first_day_of_history, history_page, month_ends, partners_of
from loyalty.domain.ledger import member_balance
from loyalty.enums import EntryKind
from loyalty.lib.pagination import Cursor
from partners.models import Partner
from tests.factories.cabinet import bring_back, buy, make_login, many_sales, spend_late
from tests.factories.loyalty import make_partner, make_programme, moment

pytestmark = pytest.mark.django_db
NOW = "2026-11-28 12:00"


@pytest.fixture
def member() -> Member:
    make_programme()
    return make_login()


@pytest.fixture
def bakery() -> Partner:
    return make_partner("bakery", base="10")


def history(member: Member, now: str = NOW, **filters: object) -> HistoryPage:
    programme = programmes.current()
    after = filters.pop("after", None)
    size = filters.pop("size", 20)
    return history_page(member.pk, filters=HistoryFilters(**filters), zone=programme.zone, now=moment(now), after=after, size=size)  # type: ignore[arg-type]


def amounts(shown: HistoryPage) -> list[tuple[str, int, int]]:
    return [(one.kind, one.earned, one.taken) for month in shown.months for one in month.operations]


def test_what_a_receipt_earned_and_spent_is_one_operation(member: Member, bakery: Partner) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programmes.current(), now=moment("2026-11-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2026-11-20 09:00"), redeem=200)
    assert amounts(history(member)) == [("receipt", 80, 200), ("grant", 300, 0)]


def test_a_return_is_one_operation_and_cancels_its_receipt(member: Member, bakery: Partner) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programmes.current(), now=moment("2026-11-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2026-11-20 09:00"), redeem=200)
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Bread", "1000.00"), original="A")
    shown = history(member)
    assert amounts(shown) == [("return", 200, 80), ("receipt", 80, 200), ("grant", 300, 0)]
    receipt = shown.months[0].operations[1]
    assert receipt.cancelled
    assert receipt.waits_until is None


def test_a_partial_return_does_not_cancel_the_receipt(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-20 09:00"))
    bring_back(member, bakery, "R", moment("2026-11-21 09:00"), ("Bread", "400.00"), original="A")
    returned, receipt = history(member).months[0].operations
    assert (returned.taken, receipt.cancelled) == (40, False)


def test_pending_operations_name_the_day_on_which_points_come(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-27 23:30"))
    waiting = history(member, shelf="pending").months[0].operations[0]
    assert (waiting.on, waiting.waits_until, waiting.gone_on) == (date(2026, 11, 27), date(2026, 12, 4), date(2027, 12, 4))
    assert not history(member, now="2026-12-04 00:00", shelf="pending").months
    assert amounts(history(member, now="2026-12-04 00:00", shelf="credited")) == [("receipt", 100, 0)]


def test_an_expiry_names_the_credits_that_burned(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=30, programme=programmes.current(), now=moment("2025-10-08 09:00"), key="w")
    ledger.expire_points(now=moment(NOW))
    burned = history(member, shelf="expired").months[0].operations[0].burned
    assert [(lot.points, lot.credited_on, lot.kind, lot.partner) for lot in burned] == [
        (100, date(2025, 10, 1), "accrual", bakery),
        (30, date(2025, 10, 8), "welcome", None),
    ]


@pytest.mark.parametrize(
    ("shelf", "expected"),
    [
        ("all", [("receipt", 64, 0), ("return", 0, 100), ("receipt", 80, 200), ("receipt", 100, 0), ("grant", 300, 0)]),
        ("credited", [("receipt", 80, 200), ("receipt", 100, 0), ("grant", 300, 0)]),
        ("pending", [("receipt", 64, 0)]),
        ("spent", [("receipt", 80, 200)]),
        ("returns", [("return", 0, 100)]),
        ("expired", []),
    ],
)
def test_shelves(member: Member, bakery: Partner, shelf: str, expected: list[tuple[str, int, int]]) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programmes.current(), now=moment("2026-09-01 09:00"), key="w")
    buy(member, bakery, "A", moment("2026-09-02 09:00"))
    buy(member, bakery, "B", moment("2026-10-02 09:00"), redeem=200)
    bring_back(member, bakery, "R", moment("2026-10-03 09:00"), ("Bread", "1000.00"), original="A")
    buy(member, bakery, "C", moment("2026-11-27 09:00"), ("Coffee", "640.00"))
    assert amounts(history(member, shelf=shelf)) == expected


def test_filters_by_partner_and_period(member: Member, bakery: Partner) -> None:
    florist = make_partner("florist", base="5")
    buy(member, bakery, "A", moment("2026-09-30 23:59"))
    buy(member, florist, "B", moment("2026-10-01 00:00"))
    assert amounts(history(member, partner_id=florist.pk)) == [("receipt", 50, 0)]
    assert amounts(history(member, since=moment("2026-10-01 00:00"))) == [("receipt", 50, 0)]
    assert amounts(history(member, until=moment("2026-10-01 00:00"))) == [("receipt", 100, 0)]
    assert partners_of(member.pk) == [bakery, florist]


def test_another_members_operations_never_show(member: Member, bakery: Partner) -> None:
    other = make_login("boris@example.org")
    buy(other, bakery, "A", moment("2026-11-01 09:00"))
    assert history(member).months == []
    assert partners_of(member.pk) == []


def test_pages_meet_without_gap_or_repeat_even_within_one_instant(member: Member, bakery: Partner) -> None:
    for name in "ABCDEFG":
        buy(member, bakery, name, moment("2026-11-10 09:00"))
    buy(member, bakery, "old", moment("2026-10-10 09:00"))
    seen, after = [], None
    for _ in range(4):
        shown = history(member, size=3, after=after)
        seen += [one.entry.order.external_id for month in shown.months for one in month.operations]  # type: ignore[union-attr]
        after = shown.next and Cursor.decode(shown.next.encode())
        if after is None:
            break
    assert seen == ["G", "F", "E", "D", "C", "B", "A", "old"]


def test_a_month_that_goes_on_is_marked_and_keeps_its_whole_sum(member: Member, bakery: Partner) -> None:
    for day in range(1, 6):
        buy(member, bakery, f"day {day}", moment(f"2026-11-0{day} 09:00"))
    first = history(member, size=3)
    second = history(member, size=3, after=first.next)
    assert (first.months[0].continued, second.months[0].continued) == (False, True)
    assert first.months[0].sums == second.months[0].sums
    assert first.months[0].sums.credited == 500


def test_month_sums_tell_pending_from_credited(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-01 09:00"))
    buy(member, bakery, "B", moment("2026-11-25 09:00"), ("Tea", "300.00"))
    bring_back(member, bakery, "R", moment("2026-11-26 09:00"), ("Tea", "100.00"), original="B")
    buy(member, bakery, "C", moment("2026-11-27 09:00"), redeem=50)
    sums = history(member).months[0].sums
    assert (sums.credited, sums.pending, sums.spent, sums.returned, sums.expired) == (100, 20 + 95, 50, 10, 0)


def test_month_ends_agree_with_the_balance_as_of_those_days(member: Member, bakery: Partner) -> None:
    programme = programmes.current()
    buy(member, bakery, "A", moment("2025-07-20 09:00"))
    buy(member, bakery, "B", moment("2026-07-20 09:00"), ("Cake", "2500.00"))
    buy(member, bakery, "C", moment("2026-08-28 09:00"))
    buy(member, bakery, "D", moment("2026-10-05 09:00"), redeem=120)
    bring_back(member, bakery, "R", moment("2026-10-20 09:00"), ("Cake", "1000.00"), original="B")
    ledger.expire_points(now=moment(NOW))
    now = moment(NOW)
    available = member_balance(member.pk, programme=programme, at=now).available
    ends = month_ends(member.pk, zone=programme.zone, now=now, available=available)
    assert [end.first.month for end in ends] == [6, 7, 8, 9, 10, 11]
    for end, later in pairwise(ends):
        last = moment(f"{later.first} 00:00") - timedelta(microseconds=1)
        assert end.points == member_balance(member.pk, programme=programme, at=last).available, end.first
        assert later.change == later.points - end.points
    assert ends[-1].points == available


def test_months_before_the_first_operation_are_left_out(member: Member, bakery: Partner) -> None:
    programme = programmes.current()
    buy(member, bakery, "A", moment("2026-10-01 09:00"))
    ends = month_ends(member.pk, zone=programme.zone, now=moment(NOW), available=100)
    assert [(end.first, end.points) for end in ends] == [(date(2026, 10, 1), 100), (date(2026, 11, 1), 100)]


def test_a_page_costs_the_same_with_1_and_with_5000_operations(member: Member, bakery: Partner) -> None:
    rich = make_login("rich@example.org")
    buy(member, bakery, "one", moment("2026-11-01 09:00"))
    many_sales(rich, bakery, 5000, since=moment("2023-11-28 12:00"), until=moment(NOW))
    counts = []
    for who in (member, rich):
        with CaptureQueriesContext(connection) as queries:
            assert history(who).months
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_redemption_without_a_receipt_is_told_as_itself(member: Member, bakery: Partner) -> None:
    ledger.grant(member_id=member.pk, kind=EntryKind.WELCOME, points=300, programme=programmes.current(), now=moment("2026-11-01 09:00"), key="w")
    ledger.deduct(member_id=member.pk, points=40, now=moment("2026-11-02 09:00"), key=None, reason="Mistake of a till", actor_id=None)
    taken = history(member, shelf="spent").months[0].operations[0]
    assert (taken.kind, taken.taken, taken.entry.reason) == ("grant", 40, "Mistake of a till")


def test_lines_come_with_the_operation(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2026-11-20 09:00"), ("Bread", "60.00"), ("Cake", "500.00"))
    lines = history(member).months[0].operations[0].lines
    assert [(line.name, line.amount) for line in lines] == [("Bread", Decimal("60.00")), ("Cake", Decimal("500.00"))]


def test_what_moved_no_points_stands_at_its_place(member: Member, bakery: Partner) -> None:
    free = make_partner("free", base="0")
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    buy(member, free, "B", moment("2026-11-01 09:00"))
    bring_back(member, free, "RB", moment("2026-11-02 09:00"), ("Bread", "1000.00"), original="B")
    buy(member, bakery, "C", moment("2026-11-03 09:00"))
    bring_back(member, bakery, "RA", moment("2026-11-04 09:00"), ("Bread", "1000.00"), original="A")
    shown = history(member)
    assert amounts(shown) == [("return", 0, 0), ("receipt", 100, 0), ("return", 0, 0), ("receipt", 0, 0), ("receipt", 100, 0)]
    first = shown.months[0].operations[0]
    assert [line.name for line in first.lines] == ["Bread"]
    assert (first.entry.order_return.points_due, first.entry.order_return.points_expired) == (100, 100)  # type: ignore[union-attr]
    assert not any(one.cancelled or one.waits_until for one in (first, *shown.months[0].operations[2:]))
    assert (shown.months[0].sums.returned, shown.months[0].sums.pending + shown.months[0].sums.credited) == (0, 100)


def test_what_moved_no_points_is_on_no_shelf_of_points(member: Member) -> None:
    free = make_partner("free", base="0")
    buy(member, free, "B", moment("2026-11-01 09:00"))
    bring_back(member, free, "RB", moment("2026-11-02 09:00"), ("Bread", "1000.00"), original="B")
    bring_back(member, free, "RU", moment("2026-11-03 09:00"), ("Tea", "50.00"))
    shelves = {shelf: amounts(history(member, shelf=shelf)) for shelf in HISTORY_SHELVES}
    returns = [("return", 0, 0), ("return", 0, 0)]
    assert shelves == {"all": [*returns, ("receipt", 0, 0)], "credited": [], "pending": [], "spent": [], "returns": returns, "expired": []}


def test_filters_reach_what_moved_no_points(member: Member, bakery: Partner) -> None:
    free, other = make_partner("free", base="0"), make_login("boris@example.org")
    buy(member, free, "B", moment("2025-11-01 09:00"))
    bring_back(member, bakery, "R", moment("2026-11-03 09:00"), ("Tea", "1.00"))
    buy(other, make_partner("florist", base="0"), "F", moment("2026-11-01 09:00"))
    assert amounts(history(member, partner_id=free.pk)) == [("receipt", 0, 0)]
    assert amounts(history(member, since=moment("2026-01-01 00:00"))) == [("return", 0, 0)]
    assert amounts(history(member, until=moment("2026-01-01 00:00"))) == [("receipt", 0, 0)]
    assert partners_of(member.pk) == [bakery, free]
    assert first_day_of_history(member.pk, zone=programmes.current().zone) == date(2025, 11, 1)
    assert first_day_of_history(make_login("newcomer@example.org").pk, zone=programmes.current().zone) is None


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_of_all_sorts_meet_even_within_one_instant(member: Member, bakery: Partner, size: int) -> None:
    free, instant = make_partner("free", base="0"), moment("2026-11-10 09:00")
    for name in "ABC":
        buy(member, bakery, name, instant)
        buy(member, free, f"free {name}", instant)
        bring_back(member, free, f"back {name}", instant, ("Tea", "10.00"))
    buy(member, free, "old", moment("2026-10-10 09:00"))
    bring_back(member, free, "new", moment("2026-11-11 09:00"), ("Tea", "10.00"))
    everything = [named(one) for month in history(member).months for one in month.operations]
    assert len(set(everything)) == len(everything) == 11
    assert (everything[0], everything[-1]) == ("new", "old")
    seen: list[str] = []
    after: Cursor | None = None
    while shown := history(member, size=size, after=after):
        seen += [named(one) for month in shown.months for one in month.operations]
        if shown.next is None:
            break
        after = Cursor.decode(shown.next.encode())
    assert seen == everything


def named(one: Operation) -> str:
    document = one.entry.order_return or one.entry.order
    assert document is not None
    return document.external_id


def test_a_page_costs_the_same_with_1_and_with_5000_purchases_that_earned_nothing(member: Member) -> None:
    free, rich = make_partner("free", base="0"), make_login("rich@example.org")
    buy(member, free, "one", moment("2026-11-01 09:00"))
    many_sales(rich, free, 5000, since=moment("2023-11-28 12:00"), until=moment(NOW))
    counts = []
    for who in (member, rich):
        with CaptureQueriesContext(connection) as queries:
            assert history(who).months
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_expiry_that_a_late_document_made_void_comes_back(member: Member, bakery: Partner) -> None:
    buy(member, bakery, "A", moment("2025-10-01 09:00"))
    ledger.expire_points(now=moment(NOW))
    spend_late(member, bakery, "late", moment("2026-10-01 09:00"), 60, now=moment(NOW))
    shown = history(member, shelf="expired")
    assert amounts(shown) == [("expiry", 60, 0), ("expiry", 0, 100)]
    assert [(lot.points, lot.credited_on, lot.partner) for lot in shown.months[0].operations[0].burned] == [(60, date(2025, 10, 1), bakery)]
    sums = shown.months[0].sums
    assert (sums.expired, sums.credited, sums.spent) == (40, 94, 60)
    assert ("expiry", 60, 0) in amounts(history(member))
    assert ("expiry", 60, 0) not in amounts(history(member, shelf="credited"))


@pytest.mark.parametrize("text", ["", "1", "x.1", "1.x", "1.", ".1", "9" * 40 + ".1", "1." + "9" * 30, "99999999999999999999.1"])
def test_a_broken_cursor_is_no_cursor(text: str) -> None:
    assert Cursor.decode(text) is None
