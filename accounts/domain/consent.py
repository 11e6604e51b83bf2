"""Statements of will: recorded one after another, never edited; the latest of a kind is in force."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Consent, Member
from accounts.models.consent import ConsentKind


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody ticked at an instant: the rules (always) and marketing messages or not. `version` is that of the text shown."""

    version: str
    marketing: bool
    at: datetime
    source: str


def record_agreement(agreement: Agreement, *, member: Member) -> None:
    """Write the consents that were given together: to the rules, and to marketing if it was ticked."""
    kinds = [ConsentKind.RULES, ConsentKind.MARKETING] if agreement.marketing else [ConsentKind.RULES]
    for kind in kinds:
        record(member=member, kind=kind, given=True, version=agreement.version, source=agreement.source, at=agreement.at)


def record(*, member: Member, kind: ConsentKind, given: bool, version: str, source: str, at: datetime) -> Consent:
    """Write one statement. A repeated one (same kind, will and version as the one in force) is not written again."""
    known = in_force(member, kind)
    if known is not None and known.given == given and known.version == version:
        return known
    return Consent.objects.create(member=member, kind=kind, given=given, version=version, source=source, at=at)


def in_force(member: Member, kind: ConsentKind) -> Consent | None:
    """The latest statement of a kind."""
    return Consent.objects.filter(member=member, kind=kind).order_by("-at", "-pk").first()


def wants_marketing(member: Member) -> bool:
    """Whether the member agreed to marketing messages, and hasn't withdrawn it."""
    statement = in_force(member, ConsentKind.MARKETING)
    return statement is not None and statement.given
