"""Rounds that begin again after each completion."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from quests.domain.evaluate import Counted, evaluate
from quests.triggers.base.tally import Distinct, Streak, Tally, Total

BEGIN = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("measure", "keys", "completed", "value"),
    [
        # Each round asks for three different ones; what the last round had may come again.
        (Distinct, ["a", "b", "b", "c", "c", "a", "a", "b"], [3, 7], 0),
        (Distinct, ["a", "b", "c", "c", "c", "a"], [2], 2),
        # The week that completed a round doesn't begin the next one; a gap starts again.
        (Streak, ["1", "2", "3", "3", "4", "5", "6"], [2, 6], 0),
        (Streak, ["1", "2", "4", "5", "6", "8"], [4], 1),
        (Total, [""] * 7, [2, 5], 1),
    ],
)
def test_a_round_begins_after_each_completion(measure: type[Tally], keys: list[str], completed: list[int], value: int) -> None:
    counted = [Counted(BEGIN + timedelta(days=place), (place, 0), Decimal(1), key) for place, key in enumerate(keys)]
    result = evaluate(counted, kind=measure, target=Decimal(3), endless=True)
    assert [(one.since - BEGIN).days for one in result.stretches] == completed
    assert (result.value, result.rounds) == (value, len(completed))


def test_what_comes_at_the_instant_of_the_opening_does_not_count() -> None:
    counted = [Counted(BEGIN + timedelta(days=day), (day, 0), Decimal(1), "") for day in range(4)]
    result = evaluate(counted, kind=Total, target=Decimal(3), endless=False, gate=BEGIN + timedelta(days=1))
    assert (result.value, result.rounds) == (2, 0)


def test_a_return_of_what_came_before_the_opening_takes_nothing() -> None:
    counted = [Counted(BEGIN + timedelta(days=day), (day, 0), Decimal(1), "") for day in range(3)]
    back = Counted(BEGIN + timedelta(days=5), (0, 0), Decimal(-1), "")
    result = evaluate([*counted, back], kind=Total, target=Decimal(2), endless=False, gate=BEGIN)
    assert (result.rounds, [one.until for one in result.stretches]) == (1, [None])
