"""How members are named from outside: e-mail, phone, card number, or a partner's own customer number."""

import enum
from dataclasses import dataclass

import phonenumbers


class ReferenceKind(enum.StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Reference:
    """A member reference in normal form: e-mail in lower case, phone as E.164, digits of a card, or a number as is."""

    kind: ReferenceKind
    value: str


def luhn_is_right(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char)
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def parse(text: str) -> Reference:
    """Read a member reference. Raises ValueError with a sentence if it can be none.

    Contains @ → e-mail; leading + → phone; 16 digits with a right check digit → card; otherwise a number.
    """
    text = text.strip()
    if not text:
        raise ValueError("the member is empty")
    if "@" in text:
        name, _at, domain = text.rpartition("@")
        if not name or "." not in domain or len(text) > 254 or any(char.isspace() for char in text):
            raise ValueError(f"“{text[:60]}” is not an e-mail address")
        return Reference(ReferenceKind.EMAIL, text.lower())
    if text.startswith("+"):
        try:
            phone = phonenumbers.parse(text, None)
        except phonenumbers.NumberParseException:
            raise ValueError(f"“{text[:30]}” is not a phone number") from None
        if not phonenumbers.is_possible_number(phone):
            raise ValueError(f"“{text[:30]}” is not a possible phone number")
        return Reference(ReferenceKind.PHONE, phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164))
    compact = text.replace(" ", "")
    if len(compact) == 16 and compact.isascii() and compact.isdigit() and luhn_is_right(compact):
        return Reference(ReferenceKind.CARD, compact)
    if len(text) > 64:
        raise ValueError("the customer number is longer than 64 characters")
    return Reference(ReferenceKind.NUMBER, text)
