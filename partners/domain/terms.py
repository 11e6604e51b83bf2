"""A partner's dated conditions: which held when, and giving new ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from loyalty.lib.errors import DomainError
from loyalty.lib.numbers import plain
from loyalty.lib.rows import Ask, Query, fetch
from partners.models import Partner, Terms, TermsExclusion

# A new partner's conditions hold from here, so that its history can be imported.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What terms say, without their date. Percentages; lengths in days; None means the programme's value.

    `fee_pct` is what the operator takes of the partner's turnover.

    Exclusions are (field, value, reason).
    """

    base_pct: Decimal
    spendable_pct: Decimal | None = None
    pending_days: int | None = None
    lifetime_days: int | None = None
    funding: str = "partner"
    exclusions: frozenset[tuple[str, str, str]] = frozenset()
    fee_pct: Decimal = Decimal(0)

    @classmethod
    def of(cls, terms: Terms) -> "Conditions":
        """The conditions of a row."""
        exclusions = frozenset((one.field, one.value, one.reason) for one in terms.exclusions.all())
        return cls(terms.base_pct, terms.spendable_pct, terms.pending_days, terms.lifetime_days, terms.funding, exclusions, terms.fee_pct)

    @property
    def in_words(self) -> str:
        """For operators, in English."""
        share = "the programme's share" if self.spendable_pct is None else f"{plain(self.spendable_pct)} %"
        words = f"base {plain(self.base_pct)} %, payable with points: {share}"
        for name, days in (("pending", self.pending_days), ("lifetime", self.lifetime_days)):
            words += f", {name} {days} days" if days is not None else ""
        words += f", fee {plain(self.fee_pct)} %" if self.fee_pct else ""
        return words + (f", {len(self.exclusions)} exclusions" if self.exclusions else "")


_TERMS = Query("SELECT :columns terms FROM partners_terms AS terms WHERE partner_id = %(partner)s ORDER BY valid_from", Terms)
_EXCLUSIONS = Query(
    "SELECT :columns exclusion "
    "FROM partners_termsexclusion AS exclusion JOIN partners_terms AS terms ON terms.id = exclusion.terms_id WHERE terms.partner_id = %(partner)s",
    TermsExclusion,
)


def timeline(partner_id: int) -> list[Terms]:
    """All terms of a partner, the earliest first, with their exclusions loaded."""
    return read_timeline(*fetch(*ask_timeline(partner_id)))


def ask_timeline(partner_id: int) -> tuple[Ask[Terms], Ask[TermsExclusion]]:
    """Asks for what read_timeline reads."""
    return _TERMS.ask(partner=partner_id), _EXCLUSIONS.ask(partner=partner_id)


def read_timeline(terms: Sequence[Terms], exclusions: Sequence[TermsExclusion]) -> list[Terms]:
    """The timeline from the rows of ask_timeline."""
    by_terms: dict[int, list[TermsExclusion]] = defaultdict(list)
    for exclusion in exclusions:
        by_terms[exclusion.terms_id].append(exclusion)
    for one in terms:
        loaded = TermsExclusion.objects.all()
        loaded._result_cache, loaded._prefetch_done = by_terms[one.pk], True  # type: ignore[attr-defined]
        one._prefetched_objects_cache = {"exclusions": loaded}  # type: ignore[attr-defined]
    return list(terms)


def at(rows: Sequence[Terms], instant: datetime) -> Terms | None:
    """The terms that held at an instant, or None before the first. Pure; `rows` is a timeline."""
    held = None
    for row in rows:
        if row.valid_from > instant:
            break
        held = row
    return held


def give(partner: Partner, conditions: Conditions, *, valid_from: datetime | None, now: datetime) -> Terms | None:
    """Give a partner new terms from an instant; None if nothing would change.

    Without `valid_from` they hold from now, the first ones from the beginning; conditions that hold already are
    not repeated. Raises DomainError terms_exist: terms of one instant are never edited.
    """
    with transaction.atomic():
        Partner.objects.select_for_update().get(pk=partner.pk)
        rows = timeline(partner.pk)
        start = valid_from or (now if rows else BEGINNING)
        same_start = next((row for row in rows if row.valid_from == start), None)
        held = same_start if valid_from else at(rows, start)
        if held is not None and Conditions.of(held) == conditions:
            return None
        if same_start is not None:
            raise DomainError("terms_exist", f"{partner.slug} has other terms from this instant already; terms are never edited, choose a later start.")
        terms = Terms.objects.create(
            partner=partner,
            valid_from=start,
            base_pct=conditions.base_pct,
            spendable_pct=conditions.spendable_pct,
            pending_days=conditions.pending_days,
            lifetime_days=conditions.lifetime_days,
            funding=conditions.funding,
            fee_pct=conditions.fee_pct,
            created_at=now,
        )
        TermsExclusion.objects.bulk_create(
            TermsExclusion(terms=terms, field=field, value=value, reason=reason) for field, value, reason in sorted(conditions.exclusions)
        )
        return terms
