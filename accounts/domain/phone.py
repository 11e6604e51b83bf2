"""Reading a phone number as people type it."""

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, ValidationResult

from loyalty.lib.errors import DomainError


def parse(text: str, *, region: str) -> str:
    """A phone number in E.164 form; without a country code it is in `region`, as in RU.

    Raises DomainError: phone_too_short and phone_too_long (details: `count`, the digits that lack or are too many), not_a_phone.
    """
    text = text.strip()
    try:
        number = phonenumbers.parse(text, None if text.startswith("+") else region)
    except phonenumbers.NumberParseException:
        raise _too_short(text, region) from None
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY) and phonenumbers.is_possible_number(number):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    lengths = _lengths(phonenumbers.region_code_for_country_code(number.country_code or 0))
    digits = len(phonenumbers.national_significant_number(number))
    if lengths and digits < min(lengths):
        raise DomainError("phone_too_short", "Some digits of the number are missing.", count=min(lengths) - digits)
    if lengths and digits > max(lengths):
        raise DomainError("phone_too_long", "The number has too many digits.", count=digits - max(lengths))
    raise DomainError("not_a_phone", "This is no phone number.")


def _too_short(text: str, region: str) -> DomainError:
    """A number of so few digits that it can't be read, or something else altogether."""
    digits = "".join(char for char in text if char.isdigit())
    code = str(phonenumbers.country_code_for_region(region))
    lengths = _lengths(region)
    if not digits or not lengths or any(char.isalpha() for char in text):
        return DomainError("not_a_phone", "This is no phone number.")
    national = digits.removeprefix(code) if text.startswith("+") else digits
    missing = min(lengths) - len(national)
    return DomainError("phone_too_short", "Some digits of the number are missing.", count=missing) if missing > 0 else DomainError("not_a_phone", "No phone.")


def _lengths(region: str) -> list[int]:
    """How many digits a mobile number has after the country code; nothing for a country that isn't known."""
    metadata = PhoneMetadata.metadata_for_region(region)
    descriptions = (metadata.mobile, metadata.general_desc) if metadata else ()
    found = ([length for length in description.possible_length if length > 0] for description in descriptions if description)
    return next((lengths for lengths in found if lengths), [])
