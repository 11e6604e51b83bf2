"""What each trigger counts of a purchase, and of what is left of it after returns."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from quests.triggers.base.purchase import Back, Kept
from tests.quests.triggers.cast import AT, key, purchase, returned, values


def test_orders_count_while_something_is_kept() -> None:
    assert values("orders", purchase()) == [1]
    assert values("orders", returned(purchase(), "400")) == [1]
    assert values("orders", returned(purchase(), "400", "600")) == [1, -1]


def test_amount_is_money_paid_and_kept_points_are_none() -> None:
    assert values("amount", purchase(money="800", points=200)) == [800]
    assert values("amount", returned(purchase(), "300.50", "699.50")) == [1000, Decimal("-300.50"), Decimal("-699.50")]
    assert values("amount", purchase(money="0", points=200)) == []


def test_a_large_order_must_stay_large() -> None:
    assert values("large_order", purchase(money="999.99"), at_least="1000.00") == []
    assert values("large_order", returned(purchase(money="1000"), "0.01", "500"), at_least="1000.00") == [1, -1]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("partners", "7"),
        ("outlets", "70"),
        ("cities", "москва"),
        ("new_partner", "7"),
        ("weeks", "2931"),
        ("months", str(2026 * 12 + 2)),
    ],
)
def test_what_must_differ_or_follow_on(trigger: str, expected: str) -> None:
    assert key(trigger, purchase()) == expected


def test_without_an_outlet_places_count_nothing() -> None:
    nowhere = purchase()._replace(outlet_id=None, city="")
    assert values("outlets", nowhere) == values("cities", nowhere) == []


def test_places_are_partners_or_sections_of_the_catalogue() -> None:
    assert values("places", purchase(), partners=[7], categories=[99]) == [1]
    assert values("places", purchase(), partners=[8], categories=[3]) == [1]
    assert values("places", purchase(), partners=[8], categories=[99]) == []
    assert values("places", purchase(), partners=[7], cities=["МОСКВА"]) == [1]
    assert values("places", purchase(), partners=[7], cities=["Тула"]) == []


def test_hours_and_weekdays() -> None:
    assert values("hours", purchase(), hour_from=10, hour_to=11, weekdays=[1]) == [1]
    assert values("hours", purchase(), hour_from=11) == []
    assert values("hours", purchase(), weekdays=[0, 2, 3, 4, 5, 6]) == []


def test_new_partner_counts_first_purchases_only() -> None:
    assert values("new_partner", purchase()) == [1]
    assert values("new_partner", purchase()._replace(first=False)) == []


def test_points_spent_are_those_that_did_not_come_back() -> None:
    made = purchase(money="800", points=200)
    back = Back(1, AT, Kept(Decimal(500), Decimal(400), 100))
    assert values("points_spent", made._replace(returns=(back,))) == [200, -100]
    assert values("points_spent", purchase()) == []


def test_birthday() -> None:
    assert values("birthday", purchase()._replace(birthday=(3, 13))) == [1]
    assert values("birthday", purchase()._replace(birthday=(3, 14))) == []
    assert values("birthday", purchase()) == []


def test_the_day_is_that_of_the_programmes_zone() -> None:
    # Sunday 22:00 UTC is Monday 01:00 in Moscow.
    late = purchase(datetime(2026, 3, 15, 22, 0, tzinfo=UTC))
    assert key("weeks", late) == "2932"
