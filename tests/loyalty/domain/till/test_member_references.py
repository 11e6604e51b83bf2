"""Worked examples: how a member is named (DESIGN, section 3, Identity)."""

import pytest

from accounts.domain.reference import ReferenceKind, luhn_is_right, parse


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("anna@example.org", "email", "anna@example.org"),
        (" Anna@Example.ORG ", "email", "anna@example.org"),
        ("+79161234567", "phone", "+79161234567"),
        ("+7 (916) 123-45-67", "phone", "+79161234567"),
        ("+37122345678", "phone", "+37122345678"),
        ("2200000000000012", "card", "2200000000000012"),
        ("2200 0000 0000 0012", "card", "2200000000000012"),
        ("2200000000000013", "number", "2200000000000013"),  # wrong check digit
        ("220000000000001", "number", "220000000000001"),  # 15 digits
        ("22000000000000129", "number", "22000000000000129"),  # 17
        ("79161234567", "number", "79161234567"),  # no plus
        ("17850", "number", "17850"),
        ("0017", "number", "0017"),
        ("Anna Petrova", "number", "Anna Petrova"),
        ("٢٢٠٠٠٠٠٠٠٠٠٠٠٠١٢", "number", "٢٢٠٠٠٠٠٠٠٠٠٠٠٠١٢"),
        # @ comes before everything else, plus before digits.
        ("+7916@example.org", "email", "+7916@example.org"),
    ],
)
def test_what_a_reference_is(text: str, kind: str, value: str) -> None:
    reference = parse(text)
    assert (reference.kind, reference.value) == (ReferenceKind(kind), value)


@pytest.mark.parametrize("text", ["", "  ", "@", "anna@", "@example.org", "anna@nowhere", "an na@example.org", "+", "+12", "+7916123456789012345", "x" * 65])
def test_what_can_be_no_member(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text)


@pytest.mark.parametrize(("digits", "right"), [("79927398713", True), ("79927398710", False), ("0", True), ("4561261212345467", True)])
def test_luhn(digits: str, right: bool) -> None:
    """79927398713 is the example of ISO/IEC 7812-1's usual explanations."""
    assert luhn_is_right(digits) is right
