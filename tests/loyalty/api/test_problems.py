"""What a till gets when the database refuses."""

import pytest
from django.db import InterfaceError, OperationalError

from loyalty.api.problems import Failed, ProblemHandler, Unavailable


def handler(error: Exception) -> Exception:
    made = ProblemHandler(error, {})
    return made.convert_unhandled_exceptions(made.convert_known_exceptions(error))


@pytest.mark.parametrize("error", [OperationalError("server closed the connection unexpectedly"), InterfaceError("the connection is closed")])
def test_a_database_that_is_away_is_worth_asking_again(error: Exception) -> None:
    assert isinstance(handler(error), Unavailable)


def test_a_missing_table_is_our_fault_and_nothing_to_wait_for() -> None:
    assert isinstance(handler(OperationalError("no such table: loyalty_order")), Failed)
