"""Finding and making the members that a partner's documents name."""

from collections.abc import Mapping
from datetime import datetime

from accounts.domain.reference import Reference, ReferenceKind, parse
from accounts.models import Card, Member
from loyalty.lib import bulk
from partners.models import CustomerNumber, Partner


def resolve(references: Mapping[str, datetime | None], *, partner: Partner | None) -> tuple[dict[str, int], dict[str, str]]:
    """Find members for reference texts: (text → member id, text → why it names nobody).

    The mapping's values are the instants at which each reference was used: a card blocked by then is
    refused (None: not). The partner's own customer number wins over what the text looks like. A text in neither
    result names a member that doesn't exist yet. Costs a constant number of queries.
    """
    found: dict[str, int] = {}
    refused: dict[str, str] = {}
    if partner is not None:
        texts = {text.strip(): text for text in references}
        rows = CustomerNumber.objects.filter(partner=partner, number__in=bulk.text_set(texts)).values_list("number", "member_id")
        found.update({texts[number]: member_id for number, member_id in rows})
    parsed: dict[ReferenceKind, dict[str, list[str]]] = {kind: {} for kind in ReferenceKind}
    for text in references:
        if text in found:
            continue
        try:
            reference = parse(text)
        except ValueError as error:
            refused[text] = str(error)
            continue
        if reference.kind == ReferenceKind.NUMBER and partner is None:
            refused[text] = f"“{text.strip()}” is not a card, phone or e-mail; name the partner whose customer number it is"
        parsed[reference.kind].setdefault(reference.value, []).append(text)
    for field, kind in (("email", ReferenceKind.EMAIL), ("phone", ReferenceKind.PHONE)):
        wanted = parsed[kind]
        if wanted:
            for value, pk in Member.objects.filter(**{f"{field}__in": bulk.text_set(wanted)}).values_list(field, "pk"):
                found.update(dict.fromkeys(wanted[str(value)], pk))
    _resolve_cards(parsed[ReferenceKind.CARD], references, found, refused)
    return found, refused


def _resolve_cards(wanted: dict[str, list[str]], references: Mapping[str, datetime | None], found: dict[str, int], refused: dict[str, str]) -> None:
    if not wanted:
        return
    cards = {
        number: (pk, blocked_at)
        for number, pk, blocked_at in Card.objects.filter(number__in=bulk.text_set(wanted)).values_list("number", "member_id", "blocked_at")
    }
    for number, texts in wanted.items():
        member_id, blocked_at = cards.get(number, (None, None))
        for text in texts:
            if member_id is None:
                refused[text] = f"the card ••{number[-4:]} is unknown"
            elif blocked_at is not None and (used := references[text]) is not None and blocked_at <= used:
                refused[text] = f"the card ••{number[-4:]} is blocked"
            else:
                found[text] = member_id


def make_members(references: Mapping[str, datetime], *, partner: Partner, now: datetime) -> dict[str, int]:
    """Make members without a log-in for unknown customer numbers, phones and e-mails: text → member id.

    The mapping's values are the instants of their first documents: they joined then. No consent is recorded,
    and no card issued. Must run in the transaction that records the documents.
    """
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
    ids = bulk.insert(Member, ("email", "phone", "first_name", "last_name", "joined_at", "created_at"), rows, returning=True)
    numbers = [(partner.pk, reference.value, pk) for reference, pk in zip(by_reference, ids, strict=True) if reference.kind == ReferenceKind.NUMBER]
    bulk.insert(CustomerNumber, ("partner", "number", "member"), numbers)
    return {text: pk for (_reference, texts), pk in zip(by_reference.items(), ids, strict=True) for text in texts}
