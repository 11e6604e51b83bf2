"""Exact arithmetic of money and points."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.lib.money import parse_money, round_points, split_points, spread
from tests.examples import examples

MONEY = st.integers(0, 10_000_000).map(lambda kopecks: Decimal(kopecks).scaleb(-2))


@pytest.mark.parametrize(("text", "value"), [("0", "0.00"), ("1", "1.00"), (" 1.5 ", "1.50"), ("1.50", "1.50"), ("999999999999.99", "999999999999.99")])
def test_money_that_may_be_written(text: str, value: str) -> None:
    assert str(parse_money(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one",
        "1,5",
        "-1",
        "-0.01",
        "NaN",
        "-NaN",
        "sNaN",
        "inf",
        "-inf",
        "1.005",
        "1000000000000",
        "1e13",
        "1e-3",
        "1e99999999999999999999",
        "0x10",
        "1 000",
    ],
)
def test_money_that_may_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_money(text)


@pytest.mark.parametrize(
    ("mode", "exact", "points"),
    [
        ("down", "1.999", 1),
        ("down", "2", 2),
        ("half_up", "1.5", 2),
        ("half_up", "2.5", 3),
        ("half_up", "1.499999999999999999999999", 1),
        ("up", "1.000000000000000000000001", 2),
        ("up", "1", 1),
        ("up", "0", 0),
    ],
)
def test_rounding(mode: str, exact: str, points: int) -> None:
    assert round_points(Fraction(exact), mode) == points


@examples(200)
@given(total=MONEY, weights=st.lists(MONEY, min_size=1, max_size=8))
def test_what_is_spread_adds_up_and_is_within_a_kopeck_of_its_share(total: Decimal, weights: list[Decimal]) -> None:
    whole = sum(weights)
    if not whole:
        return
    shares = spread(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        exact = Fraction(total) * Fraction(weight) / Fraction(whole)
        assert abs(Fraction(share) - exact) < Fraction(1, 100)
        assert weight or not share


@examples(200)
@given(parts=st.lists(st.fractions(0, 1000), min_size=1, max_size=5), mode=st.sampled_from(["down", "half_up", "up"]))
def test_points_split_over_funders_add_up(parts: list[Fraction], mode: str) -> None:
    total = round_points(sum(parts, Fraction(0)), mode)
    split = split_points(total, parts)
    assert sum(split) == total
    assert all(0 <= points - part // 1 <= 1 for points, part in zip(split, parts, strict=True))
