"""Taking companies into the coalition."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from loyalty.lib.errors import DomainError
from partners.domain import search
from partners.domain import terms as partner_terms
from partners.domain.terms import Conditions
from partners.models import Partner, Terms


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering did: the partner, whether it is new or renamed, the terms if they are new, and what they say."""

    partner: Partner
    created: bool
    renamed: bool
    terms: Terms | None
    conditions: Conditions


def register(
    slug: str,
    *,
    name: str,
    base_pct: Decimal,
    now: datetime,
    spendable_pct: Decimal | None = None,
    fee_pct: Decimal | None = None,
    valid_from: datetime | None = None,
) -> Registered:
    """Create a partner, or rename it and give it new dated terms, in one transaction.

    What isn't named (an empty `spendable_pct` or `fee_pct`, exclusions, days, funding) stays as in the terms that hold at the start of
    the new ones. Raises DomainError: bad_slug, bad_name, terms_exist.
    """
    _check(slug, name)
    with transaction.atomic():
        partner, created = Partner.objects.get_or_create(slug=slug, defaults={"name": name, "created_at": now})
        renamed = partner.name != name
        if renamed:
            partner.name = name
            partner.save(update_fields=["name"])
        held = partner_terms.at(partner_terms.timeline(partner.pk), valid_from or now)
        conditions = replace(Conditions.of(held), base_pct=base_pct) if held else Conditions(base_pct)
        if spendable_pct is not None:
            conditions = replace(conditions, spendable_pct=spendable_pct)
        if fee_pct is not None:
            conditions = replace(conditions, fee_pct=fee_pct)
        terms = partner_terms.give(partner, conditions, valid_from=valid_from, now=now)
        search.refresh(partner_ids=[partner.pk])
    return Registered(partner, created, renamed, terms, conditions)


def _check(slug: str, name: str) -> None:
    try:
        validate_slug(slug)
    except ValidationError:
        slug_is_right = False
    else:
        slug_is_right = len(slug) <= 64
    if not slug_is_right:
        raise DomainError("bad_slug", f"“{slug[:64]}” is not a slug: at most 64 Latin letters, digits, hyphens and underscores.")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise DomainError("bad_name", "A partner's name is 1 to 200 printable characters.")
