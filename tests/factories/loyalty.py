"""A small cast: a programme with the defaults of DESIGN, partners with terms, members."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Card, Member
from loyalty.domain import programme as programmes
from loyalty.lib.clock import parse_instant
from loyalty.models import Programme
from partners.models import Partner, Terms, TermsExclusion

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def make_programme(**changes: Any) -> Programme:
    """The singleton with some of its values changed."""
    programme = programmes.current()
    for name, value in changes.items():
        setattr(programme, name, value)
    programme.full_clean()
    programme.save(update_fields=list(changes) or None)
    programme.refresh_from_db()
    return programme


def make_member(**values: Any) -> Member:
    """A member without a log-in."""
    return Member.objects.create(joined_at=LONG_AGO, **values)


def make_card(member: Member, number: str, **values: Any) -> Card:
    """A card of a member; the number must have a right check digit."""
    return Card.objects.create(member=member, number=number, created_at=LONG_AGO, **values)


def make_partner(slug: str = "bakery", *, base: str = "10", exclusions: dict[tuple[str, str], str] | None = None, **terms: Any) -> Partner:
    """A partner with one row of terms since long ago. `exclusions` maps (field, value) to a reason."""
    partner = Partner.objects.create(slug=slug, name=slug.capitalize())
    add_terms(partner, valid_from=LONG_AGO, base=base, exclusions=exclusions, **terms)
    return partner


def add_terms(partner: Partner, *, valid_from: datetime, base: str, exclusions: dict[tuple[str, str], str] | None = None, **values: Any) -> Terms:
    """A dated row of terms."""
    terms = Terms.objects.create(partner=partner, valid_from=valid_from, base_pct=Decimal(base), **values)
    for (field, value), reason in (exclusions or {}).items():
        TermsExclusion.objects.create(terms=terms, field=field, value=value, reason=reason)
    return terms


def moment(text: str, programme: Programme | None = None) -> datetime:
    """“2026-03-01 12:00” in the programme's zone, as UTC."""
    zone = (programme or programmes.current()).zone
    return parse_instant(text, zone)
