"""Levels: reached at once, kept and lost as the rules say, and the level of a purchase's own date."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from loyalty.domain import levels
from loyalty.domain.earning import ReceiptLine
from loyalty.domain.ledger import member_balance
from loyalty.domain.levels import held_at, held_by
from loyalty.domain.orders import ReturnOf, Sale, record
from loyalty.enums import EventKind, LevelReason, Measure, WhenToFall
from loyalty.models import Event, LevelHistory, Order
from tests.factories.levels import give_tokens, make_ladder, make_levels
from tests.factories.loyalty import make_member, make_partner, make_programme, moment

pytestmark = pytest.mark.django_db

JAN = "2026-01-10 12:00"


def standing(member_id: int) -> list[tuple[str, str]]:
    """(level, why) of the rows that stand."""
    rows = LevelHistory.objects.filter(member_id=member_id, superseded_at__isnull=True).order_by("since").select_related("level")
    return [(row.level.slug, row.reason) for row in rows]


def name_at(member_id: int, at: str) -> str:
    held = held_by(member_id, at=moment(at))
    return held.slug if held else ""


def test_without_a_ladder_nobody_has_a_level() -> None:
    programme, member = make_programme(), make_member()
    give_tokens(member.pk, 100, at=moment(JAN), programme=programme)
    assert held_by(member.pk, at=moment("2026-02-01 00:00")) is None
    assert not LevelHistory.objects.exists()


def test_a_level_is_reached_at_once_and_falls_at_its_end() -> None:
    programme, member = make_programme(), make_member()
    make_ladder(window_days=365)
    give_tokens(member.pk, 12, at=moment(JAN), programme=programme)
    assert name_at(member.pk, "2026-01-10 11:59") == "copper"
    assert name_at(member.pk, JAN) == "brass"
    # Without any job: the fall is known in advance. At the first end the tokens are a year old to the day and still count.
    assert name_at(member.pk, "2027-01-10 00:00") == "brass"
    assert name_at(member.pk, "2028-01-10 00:00") == "copper"
    assert standing(member.pk)[-1] == ("copper", LevelReason.FELL)


@pytest.mark.parametrize(("fall", "last"), [(WhenToFall.PERIOD_END, "copper"), (WhenToFall.ONE_DOWN, "nickel"), (WhenToFall.NEVER, "silver")])
def test_how_a_level_falls(fall: WhenToFall, last: str) -> None:
    programme, member = make_programme(), make_member()
    make_ladder(window_days=30, fall=fall)
    give_tokens(member.pk, 60, at=moment(JAN), programme=programme)
    assert name_at(member.pk, "2027-01-09 23:59") == "silver"
    assert name_at(member.pk, "2027-01-10 00:00") == last


def test_one_down_goes_on_falling_a_step_a_period() -> None:
    programme, member = make_programme(), make_member()
    make_ladder(window_days=30, fall=WhenToFall.ONE_DOWN)
    give_tokens(member.pk, 60, at=moment(JAN), programme=programme)
    levels.settle_due(programme=programme, now=moment("2027-01-10 00:05"))
    assert name_at(member.pk, "2028-01-10 00:00") == "brass"
    levels.settle_due(programme=programme, now=moment("2028-01-10 00:05"))
    levels.settle_due(programme=programme, now=moment("2029-01-10 00:05"))
    assert name_at(member.pk, "2029-01-10 00:00") == "copper"


def test_skipped_levels_give_all_their_gifts_once() -> None:
    programme, member = make_programme(), make_member()
    make_ladder(gifts=(0, 50, 100, 200))
    give_tokens(member.pk, 35, at=moment(JAN), programme=programme)
    assert member_balance(member.pk, programme=programme, at=moment(JAN)).available == 150
    give_tokens(member.pk, 30, at=moment("2026-02-01 12:00"), programme=programme)
    assert member_balance(member.pk, programme=programme, at=moment("2026-02-01 12:00")).available == 350
    reached = Event.objects.filter(kind=EventKind.LEVEL_REACHED).order_by("pk").values_list("payload__name", flat=True)
    assert list(reached) == ["Мельхиор", "Серебро"]


def test_undone_tokens_undo_their_level_from_that_day_only() -> None:
    programme, member = make_programme(), make_member()
    make_ladder()
    key = give_tokens(member.pk, 12, at=moment(JAN), programme=programme)
    give_tokens(member.pk, -12, at=moment("2026-01-20 12:00"), programme=programme, key="back", undoes=key)
    assert [name_at(member.pk, at) for at in ("2026-01-15 00:00", "2026-01-20 12:00", "2027-06-01 00:00")] == ["brass", "copper", "copper"]
    assert standing(member.pk) == [("brass", LevelReason.REACHED), ("copper", LevelReason.UNDONE)]
    assert Event.objects.filter(kind=EventKind.LEVEL_LOST).count() == 1


def test_a_late_fact_rewrites_history_from_its_date_and_keeps_what_was_recorded() -> None:
    programme, member = make_programme(), make_member()
    make_ladder()
    give_tokens(member.pk, 6, at=moment("2026-03-01 12:00"), programme=programme)
    give_tokens(member.pk, 6, at=moment("2026-03-05 12:00"), programme=programme)
    give_tokens(member.pk, 6, at=moment("2026-03-02 12:00"), programme=programme, now=moment("2026-03-09 12:00"))
    assert name_at(member.pk, "2026-03-03 00:00") == "brass"
    assert LevelHistory.objects.filter(member=member, superseded_at__isnull=False).count() == 1
    # It was announced once.
    assert Event.objects.filter(kind=EventKind.LEVEL_REACHED).count() == 1


def test_staff_give_a_level_with_a_reason_until_a_date() -> None:
    programme, member = make_programme(), make_member()
    make_ladder()
    silver = make_levels()[3]
    levels.override_level(
        member_id=member.pk, level_id=silver.pk, until=moment("2026-06-01 00:00"), reason="complaint 17", actor_id=None, programme=programme, now=moment(JAN)
    )
    assert [name_at(member.pk, at) for at in ("2026-05-31 23:59", "2026-06-01 00:00")] == ["silver", "copper"]


def test_a_purchase_earns_at_the_level_of_its_own_date() -> None:
    programme, member, partner = make_programme(), make_member(), make_partner(base="5")
    make_ladder()
    give_tokens(member.pk, 30, at=moment(JAN), programme=programme)
    sales = [
        Sale(name, member.pk, moment(at), [ReceiptLine(Decimal("1000.00"))]) for name, at in (("before", "2026-01-10 11:00"), ("after", "2026-01-10 13:00"))
    ]
    record(sales, partner=partner, programme=programme, now=moment("2026-02-01 12:00"))
    before, after = Order.objects.order_by("occurred_at")
    assert (before.points_earned, after.points_earned) == (50, 70)
    part = after.explanation["parts"][1]
    assert (part["source"], part["name"], part["pct"], part["funder"], part["points"]) == ("level", "Мельхиор", "2", None, 20)


def test_a_return_takes_back_at_the_level_that_the_order_recorded() -> None:
    programme, member, partner = make_programme(), make_member(), make_partner(base="5")
    make_ladder()
    give_tokens(member.pk, 30, at=moment(JAN), programme=programme)
    sale = Sale("a", member.pk, moment("2026-01-11 12:00"), [ReceiptLine(Decimal("1000.00"))])
    record([sale], partner=partner, programme=programme, now=moment("2026-01-11 12:00"))
    levels.override_level(
        member_id=member.pk, level_id=make_levels()[0].pk, until=None, reason="test", actor_id=None, programme=programme, now=moment("2026-01-12 12:00")
    )
    back = ReturnOf("b", member.pk, moment("2026-01-13 12:00"), [ReceiptLine(Decimal("500.00"))], original="a")
    record([back], partner=partner, programme=programme, now=moment("2026-01-13 12:00"))
    assert member_balance(member.pk, programme=programme, at=moment("2026-01-13 12:00")).pending == 35


def test_turnover_in_a_sliding_window_raises_a_level_and_returns_lower_it() -> None:
    programme, member, partner = make_programme(), make_member(), make_partner()
    make_ladder(measure=Measure.TURNOVER, tokens=(0, 0), turnover=(0, 1000), pct=("0", "1"), window_days=90)
    documents = [
        Sale("a", member.pk, moment("2026-01-01 12:00"), [ReceiptLine(Decimal("600.00"))]),
        Sale("b", member.pk, moment("2026-02-01 12:00"), [ReceiptLine(Decimal("500.00"))]),
    ]
    record(documents, partner=partner, programme=programme, now=moment("2026-02-01 12:00"))
    with transaction.atomic():
        levels.recalculate([member.pk], programme=programme, now=moment("2026-02-01 12:00"))
    assert name_at(member.pk, "2026-02-01 12:00") == "brass"
    back = ReturnOf("c", member.pk, moment("2026-02-03 12:00"), [ReceiptLine(Decimal("200.00"))], original="a")
    record([back], partner=partner, programme=programme, now=moment("2026-02-03 12:00"))
    with transaction.atomic():
        levels.recalculate([member.pk], programme=programme, now=moment("2026-02-03 12:00"))
    assert name_at(member.pk, "2026-02-03 12:00") == "copper"


def test_a_warning_comes_once_before_the_fall_and_says_what_is_missing() -> None:
    programme, member = make_programme(), make_member()
    make_ladder(window_days=30)
    give_tokens(member.pk, 12, at=moment(JAN), programme=programme)
    levels.settle_due(programme=programme, now=moment("2026-12-01 12:00"))
    assert not Event.objects.filter(kind=EventKind.LEVEL_AT_RISK).exists()
    for now in ("2026-12-20 12:00", "2026-12-21 12:00"):
        levels.settle_due(programme=programme, now=moment(now))
    warning = Event.objects.get(kind=EventKind.LEVEL_AT_RISK)
    assert warning.payload["tokens_missing"] == 12
    levels.settle_due(programme=programme, now=moment("2027-01-10 00:10"))
    assert Event.objects.filter(kind=EventKind.LEVEL_LOST).count() == 1
    assert levels.settle_due(programme=programme, now=moment("2027-01-10 00:20")) == 0


def test_levels_of_many_purchases_are_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    programme = make_programme()
    members = [make_member() for _ in range(5)]
    make_ladder()
    give_tokens(members[0].pk, 60, at=moment(JAN), programme=programme)
    pairs = [(member.pk, moment(JAN) + timedelta(days=day)) for member in members for day in range(-1, 20)]
    with django_assert_num_queries(1):
        held = held_at(pairs=pairs)
    assert [one.slug for one in held if one][:3] == ["copper", "silver", "silver"]
    assert len([one for one in held if one and one.slug == "copper"]) == len(pairs) - 20
