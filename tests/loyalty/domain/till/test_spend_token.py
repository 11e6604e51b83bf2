"""The one-time code: what it says, how long it serves, and that nobody can make or change one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from loyalty.domain import till
from loyalty.lib.errors import DomainError

NOW = datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)


def refusal(text: str, now: datetime = NOW) -> str:
    with pytest.raises(DomainError) as refused:
        till.read_code(text, now=now)
    return refused.value.code


def test_a_code_names_its_member_while_it_is_good() -> None:
    token = till.issue_code(4217, now=NOW)
    assert till.read_code(token.text, now=NOW) == token
    assert till.resolve_token(token.text, NOW) == 4217


def test_a_code_is_sixty_digits_that_any_scanner_types() -> None:
    for member_id in (1, 999_999_999, 2**40 - 1):
        token = till.issue_code(member_id, now=NOW)
        assert len(token.text) == 60
        assert token.text.isdigit()
        assert till.read_code(f" {token.text}\r\n", now=NOW).member_id == member_id


def test_a_code_is_good_for_at_most_sixty_seconds() -> None:
    token = till.issue_code(1, now=NOW)
    assert timedelta(seconds=59) < token.expires_at - NOW <= timedelta(seconds=60)
    assert till.read_code(token.text, now=token.expires_at - timedelta(microseconds=1)).member_id == 1
    assert refusal(token.text, token.expires_at) == "token_expired"
    assert refusal(token.text, token.expires_at + timedelta(days=400)) == "token_expired"


def test_two_codes_of_the_same_second_differ() -> None:
    assert len({till.issue_code(1, now=NOW).text for _ in range(50)}) == 50


def test_a_code_shows_neither_member_nor_card() -> None:
    """The same member's codes share nothing in the place of the member."""
    bodies = [int(till.issue_code(1, now=NOW).text) >> 64 >> 31 & (2**40 - 1) for _ in range(50)]
    assert len(set(bodies)) == 50
    assert 1 not in bodies


def test_any_changed_digit_is_refused() -> None:
    text = till.issue_code(1, now=NOW).text
    for place in range(60):
        changed = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        assert refusal(changed) == "token_unknown"


@pytest.mark.parametrize("text", ["", "1" * 16, "9" * 60, "0" * 60, "1" * 61, "١" * 60, "-" + "1" * 59, "x" * 60])
def test_what_is_no_code_is_refused(text: str) -> None:
    assert refusal(text) == "token_unknown"


def test_a_code_signed_with_another_key_is_refused() -> None:
    with override_settings(SECRET_KEY="another key of another deployment"):
        foreign = till.issue_code(1, now=NOW).text
    assert refusal(foreign) == "token_unknown"
