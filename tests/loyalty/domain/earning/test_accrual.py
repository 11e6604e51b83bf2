"""Worked examples: units and accrual (DESIGN, section 3)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from loyalty.domain import earning
from loyalty.enums import LotSource
from loyalty.lib import money
from loyalty.lib.errors import DomainError
from loyalty.models import Lot
from tests.factories.loyalty import add_terms, moment
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rounding", "amount", "base", "point_value", "points"),
    [
        ("down", "99.99", "10", "1", 9),  # 9.999
        ("half_up", "94.99", "10", "1", 9),  # 9.499
        ("half_up", "95.00", "10", "1", 10),  # 9.5
        ("up", "90.01", "10", "1", 10),  # 9.001
        ("up", "90.00", "10", "1", 9),  # 9 exactly
        ("down", "0.09", "100", "0.01", 9),  # 0.09 × 100 % ÷ 0.01
        ("down", "100.00", "10", "2.5", 4),  # 10 ÷ 2.5
        ("down", "100.00", "10", "3", 3),  # 3.33…
        ("up", "100.00", "10", "3", 4),
        ("down", "299.99", "1.667", "1", 5),  # 5.0008333
        ("down", "9.99", "10", "1", 0),  # 0.999: nothing
        ("down", "29.00", "100", "0.29", 100),  # in binary fractions 29/0.29 is 99.99…
    ],
)
def test_the_total_is_rounded_once_by_the_mode(rounding: str, amount: str, base: str, point_value: str, points: int) -> None:
    cast = Cast(base=base, rounding=rounding, point_value=Decimal(point_value))
    order = cast.buy("o1", "2026-03-01 12:00", amount)
    assert order.points_earned == points
    assert order.explanation["total"] == points
    assert cast.balance("2026-03-01 12:00").pending == points


def test_defaults_of_the_programme() -> None:
    programme = Cast().programme
    assert (programme.point_value, programme.currency, programme.rounding) == (1, "RUB", "down")
    assert (programme.pending_days, programme.lifetime_days, programme.expiring_window_days) == (7, 365, 30)
    assert (programme.spendable_share, programme.return_shortfall, programme.expiry_mode) == (50, "debt", "days")


def test_the_total_is_rounded_not_the_lines() -> None:
    # 3 × 9.99 = 29.97 → 2.997 → 2; line by line it would be 0.
    assert Cast().buy("o1", "2026-03-01 12:00", "9.99", "9.99", "9.99").points_earned == 2


def test_a_discount_is_spread_over_all_lines_by_largest_remainder() -> None:
    # 1.00 over 10, 10, 10: 33⅓ kopecks each; the kopeck left goes to the first line.
    order = Cast(base="100").buy("o1", "2026-03-01 12:00", "10.00", "10.00", "10.00", discount="1.00")
    assert [line.paid for line in order.lines.order_by("position")] == [Decimal("9.66"), Decimal("9.67"), Decimal("9.67")]
    assert order.eligible == Decimal("29.00")
    assert order.points_earned == 29


def test_the_kopeck_goes_to_the_largest_remainder_not_to_the_first_line() -> None:
    # 0.10 over 1, 2, 3 (6): 1.67, 3.33, 5 kopecks → floors 1, 3, 5, the one left to the first (0.67).
    order = Cast(base="100").buy("o1", "2026-03-01 12:00", "1.00", "2.00", "3.00", discount="0.10")
    assert [line.paid for line in order.lines.order_by("position")] == [Decimal("0.98"), Decimal("1.97"), Decimal("2.95")]
    # 0.10 over 3, 2, 1: 5, 3.33, 1.67 → the one left to the last.
    assert money.spread(Decimal("0.10"), [Decimal(3), Decimal(2), Decimal(1)]) == [Decimal("0.05"), Decimal("0.03"), Decimal("0.02")]


def test_what_is_paid_with_points_earns_nothing() -> None:
    cast = Cast()
    cast.give(50, "2026-03-01 10:00")
    # 100 − 50 points = 50.00 in money → 5 points.
    order = cast.buy("o1", "2026-03-01 12:00", "60.00", "40.00", redeem=50)
    assert order.paid_with_points == Decimal("50.00")
    assert [line.paid for line in order.lines.order_by("position")] == [Decimal("30.00"), Decimal("20.00")]
    assert (order.eligible, order.points_earned) == (Decimal("50.00"), 5)


def test_excluded_lines_drop_out_after_the_discount_was_spread_over_them_too() -> None:
    # 10 % off 200 + 100: the lines are 180 and 90 in money; tobacco drops out: 18 points of 180.
    cast = Cast(exclusions={("sku", "TOBACCO"): "Tobacco earns nothing."})
    order = cast.buy("o1", "2026-03-01 12:00", ("BREAD", "200.00"), ("tobacco", "100.00"), discount="30.00")
    assert (order.eligible, order.points_earned) == (Decimal("180.00"), 18)
    assert order.explanation["excluded"] == [{"name": "tobacco", "amount": "90.00", "reason": "Tobacco earns nothing."}]


def test_exclusion_by_category() -> None:
    cast = Cast(exclusions={("category", "gift cards"): "Gift cards earn when used."})
    assert cast.buy("o1", "2026-03-01 12:00", "200.00", category="Gift cards").points_earned == 0
    assert cast.points("2026-03-01 12:00") == (0, 0, 0, 0)


def test_exclusions_compare_without_case() -> None:
    cast = Cast(exclusions={("sku", "Gift-5"): "Cards earn when used.", ("category", "Табак"): "The law forbids it."})
    order = cast.buy("o1", "2026-03-01 12:00", ("GIFT-5", "100.00"), ("A", "30.00"))
    assert order.points_earned == 3
    assert cast.buy("o2", "2026-03-01 12:00", "200.00", category="ТАБАК").points_earned == 0


def test_the_explanation_tells_everything() -> None:
    cast = Cast(base="7.5")
    order = cast.buy("o1", "2026-03-01 12:00", "99.00")  # 7.425 → 7
    terms = cast.partner.terms.get()
    assert order.explanation == {
        "eligible": "99.00",
        "excluded": [],
        "parts": [{"source": "base", "name": "", "pct": "7.5", "funder": cast.partner.pk, "exact": "7.4250", "points": 7}],
        "rounding": "down",
        "point_value": "1",
        "total": 7,
        "terms": terms.pk,
        "available_at": "2026-03-07T21:00:00+00:00",
        "expires_at": "2027-03-07T21:00:00+00:00",
    }


def rates(*percents: str) -> list[earning.Rate]:
    return [
        earning.Rate(source, Decimal(pct), funder)
        for source, pct, funder in zip([LotSource.BASE, LotSource.LEVEL, LotSource.OFFER], percents, [7, None, 9], strict=True)
    ]


@pytest.mark.parametrize(
    ("money_paid", "percents", "mode", "total", "parts"),
    [
        # 0.5 + 0.5 + 0.5 = 1.5 → 1; floors 0; the one left: a tie, so base.
        ("50", ("1", "1", "1"), "down", 1, [1, 0, 0]),
        # 1.5 → 2 half up: base, then level.
        ("50", ("1", "1", "1"), "half_up", 2, [1, 1, 0]),
        # 5 + 1.25 + 2.75 = 9: floors 5, 1, 2; the one left to the offer (0.75).
        ("100", ("5", "1.25", "2.75"), "down", 9, [5, 1, 3]),
        # 3.3 + 3.3 + 3.3 = 9.9 → 9: nothing left.
        ("110", ("3", "3", "3"), "down", 9, [3, 3, 3]),
        # 3.3 + 3.3 + 3.3 = 9.9 → 10 up: base.
        ("110", ("3", "3", "3"), "up", 10, [4, 3, 3]),
        # 0.4 + 0.7 + 0.7 = 1.8 → 1: level and offer tie at 0.7, level first.
        ("10", ("4", "7", "7"), "down", 1, [0, 1, 0]),
    ],
)
def test_points_are_split_over_funders_by_largest_remainder(money_paid: str, percents: tuple[str, ...], mode: str, total: int, parts: list[int]) -> None:
    made = earning.points_for(Decimal(money_paid), rates(*percents), rounding=mode, point_value=Decimal(1))
    assert made[0] == total
    assert made[2] == parts
    assert sum(made[2]) == total


def test_exact_parts_are_fractions() -> None:
    assert money.split_points(1, [Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]) == [1, 0, 0]


@pytest.mark.parametrize(("funding", "is_partner"), [("partner", True), ("operator", False)])
def test_a_lot_carries_its_funder(funding: str, is_partner: bool) -> None:
    cast = Cast(terms={"funding": funding})
    cast.buy("o1", "2026-03-01 12:00", "100.00")
    assert Lot.objects.get().funder_id == (cast.partner.pk if is_partner else None)


def test_the_terms_that_held_at_the_purchase_count() -> None:
    cast = Cast()
    add_terms(cast.partner, valid_from=moment("2026-03-02 00:00"), base="20")
    assert cast.buy("o1", "2026-03-01 23:59:59", "100.00", recorded="2026-05-01 00:00").points_earned == 10
    assert cast.buy("o2", "2026-03-02 00:00", "100.00", recorded="2026-05-01 00:00").points_earned == 20


def test_a_purchase_before_the_first_terms_is_refused() -> None:
    cast = Cast()
    with pytest.raises(DomainError) as refused:
        cast.buy("o1", "1985-03-01 12:00", "100.00")
    assert refused.value.code == "no_terms"
    assert cast.points("2026-01-01 00:00") == (0, 0, 0, 0)


def test_at_most_half_of_an_order_is_paid_with_points() -> None:
    cast = Cast()
    cast.give(100, "2026-03-01 10:00")
    with pytest.raises(DomainError):
        cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=51)
    assert cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=50).points_redeemed == 50


def test_terms_override_the_share() -> None:
    cast = Cast(terms={"spendable_pct": Decimal(20)})
    cast.give(100, "2026-03-01 10:00")
    with pytest.raises(DomainError) as refused:
        cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=21)
    assert refused.value.code == "spend_above_share"
    # The share is of what is to be paid: 100 − 50 = 50, a fifth is 10.
    with pytest.raises(DomainError):
        cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=11, discount="50.00")
    assert cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=20).points_redeemed == 20
