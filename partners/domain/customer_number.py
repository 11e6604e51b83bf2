"""Finding and making the members that a partner's documents name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower

from accounts.domain.reference import Reference, ReferenceKind, parse
from accounts.models import Card, Member
from loyalty.lib.batch import insert
from loyalty.lib.rows import id_set, text_set
from partners.models import CustomerNumber, Partner


@dataclass(frozen=True, slots=True)
class Resolution:
    """The members that reference texts name. A text in none of these names a member that doesn't exist yet."""

    found: dict[str, int]
    blocked: dict[str, datetime]
    wrong: dict[str, str]

    def is_unknown(self, text: str) -> bool:
        """Whether a text could name a member, but doesn't yet."""
        return text not in self.found and text not in self.wrong

    def refusal(self, text: str, *, at: datetime | None) -> str:
        """Why a text named nobody at an instant; empty if it did. With None a blocked card names its member too."""
        if text in self.wrong:
            return self.wrong[text]
        if text not in self.found:
            return "there is no such member"
        if at is not None and text in self.blocked and self.blocked[text] <= at:
            return f"the card ••{text.strip()[-4:]} is blocked"
        return ""


def resolve(texts: Collection[str], *, partner: Partner | None) -> Resolution:
    """Find the members that reference texts name.

    The partner's own customer number wins over what the text looks like. Costs a constant number of queries.
    """
    resolution = Resolution({}, {}, {})
    if partner is not None:
        own: dict[str, list[str]] = {}
        for text in texts:
            own.setdefault(text.strip(), []).append(text)
        for number, member_id in CustomerNumber.objects.filter(partner=partner, number__in=text_set(own)).values_list("number", "member_id"):
            resolution.found.update(dict.fromkeys(own[number], member_id))
    parsed: dict[ReferenceKind, dict[str, list[str]]] = {kind: {} for kind in ReferenceKind}
    for text in texts:
        if text in resolution.found:
            continue
        try:
            reference = parse(text)
        except ValueError as error:
            resolution.wrong[text] = str(error)
            continue
        if reference.kind == ReferenceKind.NUMBER and partner is None:
            resolution.wrong[text] = f"“{text.strip()}” is not a card, phone or e-mail; name the partner whose customer number it is"
        parsed[reference.kind].setdefault(reference.value, []).append(text)
    _find_contacts(parsed, resolution)
    _find_cards(parsed[ReferenceKind.CARD], resolution)
    return resolution


def _find_contacts(parsed: dict[ReferenceKind, dict[str, list[str]]], resolution: Resolution) -> None:
    if emails := parsed[ReferenceKind.EMAIL]:
        for value, pk in Member.objects.annotate(lower=Lower("email")).filter(lower__in=text_set(emails)).values_list("lower", "pk"):
            resolution.found.update(dict.fromkeys(emails[value], pk))
    if phones := parsed[ReferenceKind.PHONE]:
        for value, pk in Member.objects.filter(phone__in=text_set(phones)).values_list("phone", "pk"):
            resolution.found.update(dict.fromkeys(phones[str(value)], pk))


def _find_cards(wanted: dict[str, list[str]], resolution: Resolution) -> None:
    if not wanted:
        return
    rows = Card.objects.filter(number__in=text_set(wanted)).values_list("number", "member_id", "blocked_at")
    cards = {number: (member_id, blocked_at) for number, member_id, blocked_at in rows}
    for number, texts in wanted.items():
        if number not in cards:
            resolution.wrong.update(dict.fromkeys(texts, f"the card ••{number[-4:]} is unknown"))
            continue
        member_id, blocked_at = cards[number]
        resolution.found.update(dict.fromkeys(texts, member_id))
        if blocked_at is not None:
            resolution.blocked.update(dict.fromkeys(texts, blocked_at))


def make_members(references: Mapping[str, datetime], *, partner: Partner, now: datetime) -> dict[str, int]:
    """Make members without a log-in for unknown customer numbers, phones and e-mails: text → member id.

    The mapping's values are the instants of their first documents: they joined then. No consent is recorded,
    and no card issued. Must run in the transaction that records the documents.
    """
    if not references:
        return {}
    by_reference: dict[Reference, list[str]] = {}
    for text in references:
        by_reference.setdefault(parse(text), []).append(text)
    rows = [
        (
            reference.value if reference.kind == ReferenceKind.EMAIL else None,
            reference.value if reference.kind == ReferenceKind.PHONE else None,
            "",
            "",
            min(references[text] for text in texts),
            now,
        )
        for reference, texts in by_reference.items()
    ]
    ids = insert(Member, ("email", "phone", "first_name", "last_name", "joined_at", "created_at"), rows, returning=True)
    numbers = [(partner.pk, reference.value, pk) for reference, pk in zip(by_reference, ids, strict=True) if reference.kind == ReferenceKind.NUMBER]
    insert(CustomerNumber, ("partner", "number", "member"), numbers)
    return {text: pk for (_reference, texts), pk in zip(by_reference.items(), ids, strict=True) for text in texts}


def forget_members(ids: Collection[int]) -> None:
    """Unmake members that were made in this transaction and have nothing recorded after all."""
    if ids:
        CustomerNumber.objects.filter(member_id__in=id_set(ids)).delete()
        Member.objects.filter(pk__in=id_set(ids)).delete()
