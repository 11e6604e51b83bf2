"""How much work is taken at a time follows how long the last portion took."""

import pytest

from loyalty.lib.pace import Pace


@pytest.mark.parametrize(
    ("took", "size"),
    [(0.01, 2000), (0.049, 2000), (0.05, 1000), (0.1, 1000), (0.2, 500), (1.0, 100), (60.0, 50)],
)
def test_the_next_portion_is_chosen_by_the_time_of_the_last(took: float, size: int) -> None:
    pace = Pace(1000, seconds=0.1)
    pace.learn(took)
    assert pace.size == size


def test_it_has_bounds() -> None:
    pace = Pace(100, seconds=0.1, most=300)
    for _portion in range(3):
        pace.learn(0.0)
    assert pace.size == 300
