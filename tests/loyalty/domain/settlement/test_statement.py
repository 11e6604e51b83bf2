"""Worked figures of a statement: who pays for which points, in which month."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.domain import ledger, orders
from loyalty.domain.ledger import Part, PlannedEntry
from loyalty.domain.settlement import Settlement, Whose, close_month, every_movement, month_of, months, movements, parse_month, settle
from loyalty.domain.verify import statements_agree
from loyalty.enums import EntryKind, LotSource
from loyalty.lib.errors import DomainError
from loyalty.models import SettlementMonth
from partners.models import Partner
from tests.factories.loyalty import add_terms, make_member, make_partner, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))


@pytest.fixture
def cast() -> Cast:
    return Cast(spendable_share=100, pending_days=0)


def settled(cast: Cast, month: date = MARCH, partner: Partner | None = None) -> Settlement:
    """The statement of the cast's bakery, and the proof that all statements agree with the ledger."""
    assert list(statements_agree(programme=cast.programme, now=cast.at("2026-08-01 12:00"))) == []
    return settle(partner or cast.partner, month, programme=cast.programme)


def shown(settlement: Settlement) -> list[tuple[str, str, int, Decimal]]:
    return [(line.code, line.reason, line.points, line.money) for line in settlement.lines]


def test_the_reference_month_comes_to_13_800() -> None:
    """386 orders of 600 at 9 %: 20 844 points; 9 360 accepted; a fee of 1 % of 231 600."""
    cast = Cast(base="9", terms={"fee_pct": Decimal(1)}, spendable_share=100)
    payer = make_member()
    ledger.grant(member_id=payer.pk, kind=EntryKind.ADJUSTMENT, points=9360, programme=cast.programme, now=cast.at("2026-03-01 00:00"), key=None)
    sales = [orders.Sale(f"o{n}", cast.member.pk, cast.at("2026-03-10 12:00"), Cast.lines(("600.00",))) for n in range(386)]
    orders.record(sales, partner=cast.partner, programme=cast.programme, now=cast.at("2026-03-10 12:00"))
    # Points accepted by a hold of the partner's, without an order of its own.
    hold = ledger.place_hold(member_id=payer.pk, points=9360, ttl=timedelta(minutes=15), now=cast.at("2026-03-11 12:00"), partner_id=cast.partner.pk)
    ledger.capture_hold(hold.pk, points=9360, now=cast.at("2026-03-11 12:01"))
    settlement = settled(cast)
    assert shown(settlement) == [
        ("issued", "base", 20844, Decimal("20844.00")),
        ("redeemed", "", 9360, Decimal("-9360.00")),
        ("fee", "", 0, Decimal("2316.00")),
    ]
    assert settlement.total == Decimal("13800.00")
    assert (settlement.sums.orders, settlement.sums.turnover, settlement.closed_at) == (386, Decimal("231600.00"), None)


def test_points_are_paid_by_the_partner_that_funds_them_to_the_partner_that_accepts_them(cast: Cast) -> None:
    chemist = make_partner("chemist", base="5")
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    sale = orders.Sale("c1", cast.member.pk, cast.at("2026-03-02 12:00"), Cast.lines(("100.00",)), redeem_points=60)
    orders.record([sale], partner=chemist, programme=cast.programme, now=cast.at("2026-03-02 12:00"))
    assert shown(settled(cast)) == [("issued", "base", 100, Decimal("100.00"))]
    assert shown(settled(cast, partner=chemist)) == [("issued", "base", 2, Decimal("2.00")), ("redeemed", "", 60, Decimal("-60.00"))]
    assert settled(cast, partner=chemist).total == Decimal("-58.00")


def test_what_the_operator_funds_is_on_the_operators_statement(cast: Cast) -> None:
    free = make_partner("library", base="5", funding="operator")
    sale = orders.Sale("l1", cast.member.pk, cast.at("2026-03-02 12:00"), Cast.lines(("100.00",)))
    orders.record([sale], partner=free, programme=cast.programme, now=cast.at("2026-03-02 12:00"))
    cast.give(300, "2026-03-03 12:00", kind=EntryKind.WELCOME)
    assert shown(settled(cast, partner=free)) == []
    operator = settle(None, MARCH, programme=cast.programme)
    assert [(line.reason, line.points) for line in operator.lines] == [("base", 5), ("welcome", 300)]


def test_an_offers_sponsor_pays_for_its_part_of_an_order_elsewhere(cast: Cast) -> None:
    sponsor = make_partner("brand")
    at = cast.at("2026-03-05 12:00")
    parts = (Part(60, LotSource.BASE, cast.partner.pk), Part(10, LotSource.LEVEL), Part(30, LotSource.OFFER, sponsor.pk))
    entry = PlannedEntry(cast.member.pk, EntryKind.ACCRUAL, 100, at, partner_id=cast.partner.pk)
    ledger.post([ledger.Credit(entry, parts, available_at=at, expires_at=None)], now=at)
    assert shown(settled(cast)) == [("issued", "base", 60, Decimal("60.00"))]
    assert shown(settled(cast, partner=sponsor)) == [("issued", "offer", 30, Decimal("30.00"))]
    assert [line.points for line in settle(None, MARCH, programme=cast.programme).lines] == [10]


def test_a_return_takes_its_points_and_its_fee_off(cast: Cast) -> None:
    add_terms(cast.partner, valid_from=cast.at("2026-03-01 00:00"), base="10", fee_pct=Decimal("1.5"))
    cast.buy("o1", "2026-03-01 12:00", "1000.00")
    cast.bring_back("r1", "2026-03-02 12:00", "400.00", of="o1")
    settlement = settled(cast)
    assert shown(settlement) == [
        ("issued", "base", 100, Decimal("100.00")),
        ("taken_back", "", 40, Decimal("-40.00")),
        ("fee", "", 0, Decimal("9.00")),
    ]
    assert settlement.lines[-1].turnover == Decimal("600.00")


def test_points_given_back_are_paid_by_the_partner_again(cast: Cast) -> None:
    cast.give(50, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=50)
    cast.bring_back("r1", "2026-03-02 12:00", "100.00", of="o1")
    assert shown(settled(cast)) == [
        ("issued", "base", 5, Decimal("5.00")),
        ("taken_back", "", 5, Decimal("-5.00")),
        ("redeemed", "", 50, Decimal("-50.00")),
        ("given_back", "", 50, Decimal("50.00")),
    ]


def test_points_given_back_into_a_grace_lot_are_not_issued_again() -> None:
    cast = Cast(spendable_share=100, pending_days=0, lifetime_days=5)
    cast.buy("o0", "2026-03-01 12:00", "500.00")
    cast.buy("o1", "2026-03-02 12:00", "100.00", redeem=50)
    cast.bring_back("r1", "2026-03-20 12:00", "100.00", of="o1")
    settlement = settled(cast)
    assert settlement.sums.issued == {"base": 55}
    assert (settlement.sums.redeemed, settlement.sums.given_back) == (50, 50)


def test_a_return_that_takes_another_partners_points_relieves_their_funder(cast: Cast) -> None:
    """The bakery's points are spent, so the bakery pays for them; the chemist's never will be, so it doesn't."""
    chemist = make_partner("chemist", base="100")
    cast.buy("o1", "2026-03-01 12:00", "300.00")
    cast.buy("o2", "2026-03-02 12:00", "30.00", redeem=30)
    sale = orders.Sale("c1", cast.member.pk, cast.at("2026-03-03 12:00"), Cast.lines(("20.00",)))
    orders.record([sale], partner=chemist, programme=cast.programme, now=cast.at("2026-03-03 12:00"))
    cast.bring_back("r1", "2026-03-04 12:00", "300.00", of="o1")
    assert settled(cast).sums.taken_back == 0
    assert settled(cast, partner=chemist).sums.taken_back == 20
    # Ten points are owed; they come off the statement of whoever funds what pays them, when it does.
    cast.buy("o3", "2026-04-01 12:00", "500.00")
    assert settled(cast, APRIL).sums.taken_back == 10
    rows = movements(Whose(chemist.pk), settled(cast, partner=chemist).spans, limit=10)
    assert [(row.what, row.document) for row in rows] == [("taken_back", ""), ("issued", "c1")]


def test_a_month_begins_and_ends_at_midnight_of_the_programmes_zone(cast: Cast) -> None:
    cast.buy("o1", "2026-03-31 23:59", "100.00")
    cast.buy("o2", "2026-04-01 00:00", "200.00")
    assert (settled(cast).sums.orders, settled(cast, APRIL).sums.orders) == (1, 1)
    assert settled(cast, APRIL).sums.issued_total == 20


def test_late_documents_of_an_open_month_belong_to_it(cast: Cast) -> None:
    cast.buy("o1", "2026-03-10 12:00", "100.00", recorded="2026-06-10 12:00")
    assert settled(cast).sums.issued_total == 10
    assert settled(cast, JUNE).sums.nothing


def test_a_closed_statement_never_changes_and_late_documents_are_corrections_of_the_next_one(cast: Cast) -> None:
    cast.buy("o1", "2026-03-10 12:00", "100.00")
    close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-03 12:00"))
    closed = settled(cast)
    cast.buy("late", "2026-03-20 12:00", "1000.00", recorded="2026-04-05 12:00")
    # The recording time of an import may be given: what counts is that it came after the closing.
    cast.buy("back-dated", "2026-03-21 12:00", "2000.00", recorded="2026-03-22 12:00")
    cast.buy("o2", "2026-04-06 12:00", "200.00")
    assert settled(cast).lines == closed.lines
    assert closed.closed_at == cast.at("2026-04-03 12:00")
    april = settled(cast, APRIL)
    assert ([line.points for line in april.lines], [line.points for line in april.corrections]) == ([20], [300])
    assert (april.total, april.correction, april.late.orders) == (Decimal("320.00"), Decimal("300.00"), 2)
    listed = movements(Whose(cast.partner.pk), april.spans, limit=10)
    assert [(row.document, row.late) for row in listed] == [("o2", False), ("back-dated", True), ("late", True)]
    close_month(APRIL, programme=cast.programme, now=cast.at("2026-05-03 12:00"))
    cast.buy("very late", "2026-03-02 12:00", "10.00", recorded="2026-06-01 12:00")
    assert settled(cast, APRIL).total == Decimal("320.00")
    assert settled(cast, MAY).correction == Decimal("1.00")
    assert settled(cast, JUNE).total == 0


def test_a_late_document_of_before_the_first_closed_month_is_a_correction_too(cast: Cast) -> None:
    cast.buy("o1", "2026-03-10 12:00", "100.00")
    close_month(APRIL, programme=cast.programme, now=cast.at("2026-05-03 12:00"))
    cast.buy("late", "2026-03-20 12:00", "1000.00", recorded="2026-05-05 12:00")
    assert settled(cast).sums.issued_total == 10
    assert settled(cast).closed_at is None
    assert settled(cast, MAY).late.issued_total == 100


def test_a_debt_settled_late_in_a_closed_month_is_a_correction(cast: Cast) -> None:
    cast.buy("o1", "2026-03-01 12:00", "300.00")
    cast.buy("o2", "2026-03-02 12:00", "30.00", redeem=30)
    cast.bring_back("r1", "2026-03-03 12:00", "300.00", of="o1")
    close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-01 00:00"))
    cast.buy("o3", "2026-03-20 12:00", "500.00", recorded="2026-04-05 12:00")
    assert settled(cast).sums.taken_back == 0
    late = settled(cast, APRIL).late
    assert (late.issued_total, late.taken_back) == (50, 30)


@pytest.mark.parametrize(
    ("month", "code"), [(date(2026, 5, 1), "month_not_over"), (date(2026, 4, 1), "month_out_of_order"), (date(2026, 1, 1), "month_out_of_order")]
)
def test_months_are_closed_when_they_are_over_and_in_their_order(cast: Cast, month: date, code: str) -> None:
    close_month(date(2026, 2, 1), programme=cast.programme, now=cast.at("2026-05-03 12:00"))
    with pytest.raises(DomainError) as refused:
        close_month(month, programme=cast.programme, now=cast.at("2026-05-03 12:00"))
    assert refused.value.code == code
    assert SettlementMonth.objects.count() == 1


def test_closing_again_completes_what_was_interrupted(cast: Cast) -> None:
    cast.buy("o1", "2026-03-10 12:00", "100.00")
    row = close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-03 12:00"))
    row.statements.all().delete()
    cast.buy("late", "2026-03-20 12:00", "1000.00", recorded="2026-04-05 12:00")
    again = close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-09 12:00"))
    assert (again.pk, again.closed_at, again.statements.get().figures["own"]["issued"]) == (row.pk, row.closed_at, {"base": 10})
    assert settled(cast).sums.issued_total == 10


def test_each_line_is_rounded_and_the_total_is_their_sum() -> None:
    cast = Cast(spendable_share=100, pending_days=0, point_value=Decimal("0.125"))
    cast.give(8, "2026-03-01 10:00")
    cast.buy("o1", "2026-03-10 12:00", "9.00", redeem=1)
    settlement = settled(cast)
    assert [line.money for line in settlement.lines] == [Decimal("0.88"), Decimal("-0.13")]
    assert settlement.total == Decimal("0.75")


def test_what_disagrees_is_told(cast: Cast) -> None:
    cast.buy("o1", "2026-03-10 12:00", "100.00")
    row = close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-03 12:00"))
    row.statements.update(figures={"own": {}, "late": {}})
    [sentence] = statements_agree(programme=cast.programme, now=cast.at("2026-04-03 12:00"))
    assert sentence.startswith(f"2026-03: the closed statement of partner {cast.partner.pk} says")


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-00", "26-03", "2026-3", "2026-03-01", "", "２０２６-03", "0000-01", "9999-12", "март"])
def test_a_bad_month_gets_a_sentence(text: str) -> None:
    with pytest.raises(DomainError, match="is not a month, as in 2026-11"):
        parse_month(text)


def test_a_statement_costs_the_same_queries_with_one_document_and_with_many(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            made = settle(cast.partner, APRIL, programme=cast.programme)
            movements(Whose(cast.partner.pk), made.spans, limit=50)
        return len(queries)

    cast.buy("m", "2026-03-10 12:00", "100.00")
    close_month(MARCH, programme=cast.programme, now=cast.at("2026-04-01 00:00"))
    cast.buy("o", "2026-04-02 12:00", "100.00")
    few = cost()
    for number in range(12):
        cast.buy(f"o{number}", "2026-04-10 12:00", "100.00", redeem=5)
        cast.buy(f"l{number}", "2026-03-11 12:00", "100.00", recorded="2026-04-10 12:00")
        cast.bring_back(f"r{number}", "2026-04-11 12:00", "50.00", of=f"o{number}")
    assert cost() == few == 17


def test_the_documents_add_up_to_the_statement_page_by_page(cast: Cast) -> None:
    for number in range(7):
        cast.buy(f"o{number}", "2026-03-10 12:00", "100.00", **({"redeem": 5} if number else {}))
        cast.bring_back(f"r{number}", "2026-03-10 12:00" if number % 2 else "2026-03-11 12:00", "50.00", of=f"o{number}")
    settlement = settled(cast)
    whose = Whose(cast.partner.pk)
    pages: list[Any] = []
    after = ""
    while page := movements(whose, settlement.spans, after=after, limit=4):
        pages += page
        after = page[-1].cursor
    assert pages == list(every_movement(whose, settlement.spans))
    assert len({(row.stream, row.id) for row in pages}) == len(pages)
    sums = settlement.sums
    assert sum(row.points for row in pages) == sums.issued_total - sums.taken_back - sums.redeemed + sums.given_back
    assert movements(whose, settlement.spans, after="nonsense", limit=3) == pages[:3]


def test_months_go_from_the_first_movement_to_the_present(cast: Cast) -> None:
    now = cast.at("2026-05-05 12:00")
    whose = Whose(cast.partner.pk)
    assert months(whose, programme=cast.programme, now=now) == [MAY]
    cast.buy("o1", "2026-03-31 23:59", "100.00")
    assert months(whose, programme=cast.programme, now=now) == [MAY, APRIL, MARCH]


def test_moments_are_in_the_programmes_zone(cast: Cast) -> None:
    assert month_of(moment("2026-03-31 23:59"), cast.programme) == MARCH
