"""Finding members by what they say on the phone: a card number, a phone in any writing, an e-mail, a name."""

import re
from typing import Any

import phonenumbers
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.domain.reference import luhn_is_right
from accounts.models import Card
from partners.models import CustomerNumber

_NOT_DIGITS = re.compile(r"[\s().–-]+")


def find_members(members: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The members that a text may mean. Card numbers and contacts match exactly, names by their beginnings."""
    text = text.strip()
    if not text:
        return members
    if "@" in text:
        return members.filter(email__iexact=text)
    compact = _NOT_DIGITS.sub("", text)
    if len(compact) == 16 and compact.isascii() and compact.isdigit() and luhn_is_right(compact):
        return members.filter(pk__in=Card.objects.filter(number=compact).values("member"))
    found = Q(pk__in=CustomerNumber.objects.filter(number=text).values("member"))
    if compact.lstrip("+").isdigit():
        if phone := as_phone(text):
            found |= Q(phone=phone)
        return members.filter(found)
    for word in text.split()[:3]:
        members = members.filter(found | _name_begins(word))
    return members


def as_phone(text: str) -> str | None:
    """A phone in any usual writing (+7…, 8…, without a country, with spaces and brackets) as E.164."""
    region = settings.PHONENUMBER_DEFAULT_REGION
    # 7 900 … is how Russian numbers are often written; a bare + makes it international.
    for writing in (text, f"+{_NOT_DIGITS.sub('', text).lstrip('+')}"):
        try:
            phone = phonenumbers.parse(writing, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(phone):
            return phonenumbers.format_number(phone, phonenumbers.PhoneNumberFormat.E164)
    return None


def _name_begins(word: str) -> Q:
    # SQLite ignores case for Latin letters only, so names are tried as they are usually written too.
    found = Q()
    for form in {word, word.capitalize(), word.title()}:
        found |= Q(first_name__istartswith=form) | Q(last_name__istartswith=form)
    return found
