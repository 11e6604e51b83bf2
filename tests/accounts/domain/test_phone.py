"""Phones as people type them."""

import pytest

from accounts.domain import phone
from loyalty.lib.errors import DomainError


@pytest.mark.parametrize("text", ["+7 900 123-00-42", "8 (900) 123 00 42", "9001230042", "+79001230042", " +7-900-123-00-42 "])
def test_they_become_e164(text: str) -> None:
    assert phone.parse(text, region="RU") == "+79001230042"


def test_a_number_of_another_country_keeps_it() -> None:
    assert phone.parse("+371 2123 4567", region="RU") == "+37121234567"


@pytest.mark.parametrize(
    ("text", "code", "count"),
    [
        ("+7 900 12", "phone_too_short", 5),
        ("+7", "phone_too_short", 10),
        ("+7 9", "phone_too_short", 9),
        ("900 123", "phone_too_short", 4),
        ("+7 900 123-00-421", "phone_too_long", 1),
        ("maria", "not_a_phone", None),
        ("+", "not_a_phone", None),
        ("+999 123456789", "not_a_phone", None),
    ],
)
def test_what_is_missing_is_told(text: str, code: str, count: int | None) -> None:
    with pytest.raises(DomainError) as refused:
        phone.parse(text, region="RU")
    assert (refused.value.code, refused.value.details.get("count")) == (code, count)
