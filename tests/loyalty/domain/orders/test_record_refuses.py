"""What documents may say."""

import pytest

from loyalty.lib.errors import DomainError
from tests.loyalty.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("amounts", [("10.005",), ("10.00", "0.001")])
def test_money_with_more_than_two_places_is_an_error(amounts: tuple[str, ...]) -> None:
    cast = Cast()
    with pytest.raises((DomainError, ValueError)):
        cast.buy("o1", "2026-03-01 12:00", *amounts)
    with pytest.raises((DomainError, ValueError)):
        cast.buy("o2", "2026-03-01 12:00", "10.00", discount="0.005")
    with pytest.raises((DomainError, ValueError)):
        cast.bring_back("r1", "2026-03-01 12:00", *amounts)


@pytest.mark.parametrize("what", ["redeem", "discount", "amount", "return"])
def test_negative_amounts_are_refused_with_a_reason(what: str) -> None:
    cast = Cast()
    cast.give(100, "2026-03-01 10:00")
    with pytest.raises(DomainError):
        if what == "redeem":
            cast.buy("o1", "2026-03-01 12:00", "100.00", redeem=-5)
        elif what == "discount":
            cast.buy("o1", "2026-03-01 12:00", "100.00", discount="-5.00")
        elif what == "amount":
            cast.buy("o1", "2026-03-01 12:00", "100.00", "-5.00")
        else:
            cast.bring_back("r1", "2026-03-01 12:00", "-5.00")
    assert cast.points("2026-03-01 12:00") == (100, 0, 0, 0)
