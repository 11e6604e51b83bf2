"""What each trigger counts of a purchase, and of what is left of it after returns."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from quests.enums import TriggerKind
from quests.triggers.base.purchase import Back, Kept
from tests.quests.triggers.cast import AT, key, purchase, returned, values


def test_orders_count_while_something_is_kept() -> None:
    assert values(TriggerKind.ORDERS, purchase()) == [1]
    assert values(TriggerKind.ORDERS, returned(purchase(), "400")) == [1]
    assert values(TriggerKind.ORDERS, returned(purchase(), "400", "600")) == [1, -1]


def test_amount_is_money_paid_and_kept_points_are_none() -> None:
    assert values(TriggerKind.AMOUNT, purchase(money="800", points=200)) == [800]
    assert values(TriggerKind.AMOUNT, returned(purchase(), "300.50", "699.50")) == [1000, Decimal("-300.50"), Decimal("-699.50")]
    assert values(TriggerKind.AMOUNT, purchase(money="0", points=200)) == []


def test_a_large_order_must_stay_large() -> None:
    assert values(TriggerKind.LARGE_ORDER, purchase(money="999.99"), at_least="1000.00") == []
    assert values(TriggerKind.LARGE_ORDER, returned(purchase(money="1000"), "0.01", "500"), at_least="1000.00") == [1, -1]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (TriggerKind.PARTNERS, "7"),
        (TriggerKind.OUTLETS, "70"),
        (TriggerKind.CITIES, "москва"),
        (TriggerKind.NEW_PARTNER, "7"),
        (TriggerKind.WEEKS, "2931"),
        (TriggerKind.MONTHS, str(2026 * 12 + 2)),
    ],
)
def test_what_must_differ_or_follow_on(trigger: TriggerKind, expected: str) -> None:
    assert key(trigger, purchase()) == expected


def test_without_an_outlet_places_count_nothing() -> None:
    nowhere = purchase()._replace(outlet_id=None, city="")
    assert values(TriggerKind.OUTLETS, nowhere) == values(TriggerKind.CITIES, nowhere) == []


def test_places_are_partners_or_sections_of_the_catalogue() -> None:
    assert values(TriggerKind.PLACES, purchase(), partners=[7], categories=[99]) == [1]
    assert values(TriggerKind.PLACES, purchase(), partners=[8], categories=[3]) == [1]
    assert values(TriggerKind.PLACES, purchase(), partners=[8], categories=[99]) == []
    assert values(TriggerKind.PLACES, purchase(), partners=[7], cities=["МОСКВА"]) == [1]
    assert values(TriggerKind.PLACES, purchase(), partners=[7], cities=["Тула"]) == []


def test_hours_and_weekdays() -> None:
    assert values(TriggerKind.HOURS, purchase(), hour_from=10, hour_to=11, weekdays=[1]) == [1]
    assert values(TriggerKind.HOURS, purchase(), hour_from=11) == []
    assert values(TriggerKind.HOURS, purchase(), weekdays=[0, 2, 3, 4, 5, 6]) == []


def test_new_partner_counts_first_purchases_only() -> None:
    assert values(TriggerKind.NEW_PARTNER, purchase()) == [1]
    assert values(TriggerKind.NEW_PARTNER, purchase()._replace(first=False)) == []


def test_points_spent_are_those_that_did_not_come_back() -> None:
    made = purchase(money="800", points=200)
    back = Back(1, AT, Kept(Decimal(500), Decimal(400), 100))
    assert values(TriggerKind.POINTS_SPENT, made._replace(returns=(back,))) == [200, -100]
    assert values(TriggerKind.POINTS_SPENT, purchase()) == []


def test_birthday() -> None:
    assert values(TriggerKind.BIRTHDAY, purchase()._replace(birthday=(3, 13))) == [1]
    assert values(TriggerKind.BIRTHDAY, purchase()._replace(birthday=(3, 14))) == []
    assert values(TriggerKind.BIRTHDAY, purchase()) == []


def test_the_day_is_that_of_the_programmes_zone() -> None:
    # Sunday 22:00 UTC is Monday 01:00 in Moscow.
    late = purchase(datetime(2026, 3, 15, 22, 0, tzinfo=UTC))
    assert key(TriggerKind.WEEKS, late) == "2932"
