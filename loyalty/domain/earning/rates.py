"""What a purchase earns, and why. Pure: the same order, terms, level and offers give the same explanation.

Accrual = eligible money × (base + level + offer %) ÷ 100 ÷ point value, rounded once; the points are split
over their funders by flooring each part, the rest by largest remainder, ties in the order base, level, offer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from loyalty.domain.ledger import Part, available_from, gone_from
from loyalty.enums import LotSource
from loyalty.lib.clock import business_day
from loyalty.lib.money import round_points, split_points
from loyalty.models import Programme
from partners.models import Terms
from partners.models.terms import ExclusionField, Funding


@dataclass(slots=True, frozen=True)
class Rate:
    """A percentage with its source and who pays (None: the operator)."""

    source: LotSource
    pct: Decimal
    funder_id: int | None
    name: str = ""


@dataclass(slots=True, frozen=True)
class Earner:
    """A line as far as earning goes: what was paid for it in money, and why it earns nothing (empty: it earns)."""

    paid: Decimal
    name: str = ""
    excluded: str = ""


@dataclass(slots=True, frozen=True)
class Accrual:
    """Points of a purchase with their explanation. `exact` has the unrounded points of each rate."""

    eligible: Decimal
    total: int
    parts: tuple[Part, ...]
    explanation: dict[str, Any]


def base_rate(terms: Terms) -> Rate:
    """The partner's own percentage, paid by the one that the terms name."""
    return Rate(LotSource.BASE, terms.base_pct, terms.partner_id if terms.funding == Funding.PARTNER else None)


@dataclass(slots=True, frozen=True)
class Exclusions:
    """Which lines earn nothing under some terms, and why. Texts compare without case."""

    by_sku: dict[str, str]
    by_category: dict[str, str]

    @classmethod
    def of(cls, terms: Terms) -> "Exclusions":
        rules = list(terms.exclusions.all())
        return cls(
            {rule.value.casefold(): rule.reason for rule in rules if rule.field == ExclusionField.SKU},
            {rule.value.casefold(): rule.reason for rule in rules if rule.field == ExclusionField.CATEGORY},
        )

    def reason(self, *, sku: str, category: str) -> str:
        """Why a line earns nothing; empty if it earns."""
        return (self.by_sku and self.by_sku.get(sku.casefold(), "")) or (self.by_category and self.by_category.get(category.casefold(), "")) or ""


def points_for(eligible: Decimal, rates: Sequence[Rate], *, rounding: str, point_value: Decimal) -> tuple[int, list[Fraction], list[int]]:
    """(total, exact points of each rate, whole points of each rate) for eligible money."""
    per_percent = Fraction(eligible) / (100 * Fraction(point_value))
    exact = [per_percent * Fraction(rate.pct) for rate in rates]
    total = round_points(sum(exact, Fraction(0)), rounding)
    return total, exact, split_points(total, exact)


def accrue(lines: Sequence[Earner], rates: Sequence[Rate], *, rounding: str, point_value: Decimal) -> Accrual:
    """What the lines earn at these rates, without dates."""
    eligible = sum((line.paid for line in lines if not line.excluded), Decimal("0.00"))
    total, exact, whole = points_for(eligible, rates, rounding=rounding, point_value=point_value)
    explanation = {
        "eligible": str(eligible),
        "excluded": [{"name": line.name, "amount": str(line.paid), "reason": line.excluded} for line in lines if line.excluded],
        "parts": [
            {
                "source": str(rate.source),
                "name": rate.name,
                "pct": f"{rate.pct.normalize():f}",
                "funder": rate.funder_id,
                "exact": f"{part:.4f}",
                "points": points,
            }
            for rate, part, points in zip(rates, exact, whole, strict=True)
        ],
        "rounding": str(rounding),
        "point_value": f"{Decimal(point_value).normalize():f}",
        "total": total,
    }
    parts = tuple(Part(points, rate.source, rate.funder_id) for rate, points in zip(rates, whole, strict=True) if points)
    return Accrual(eligible, total, parts, explanation)


def explained_rates(explanation: dict[str, Any]) -> list[Rate]:
    """The rates that an explanation recorded: a return is judged by the conditions of its order."""
    return [Rate(LotSource(part["source"]), Decimal(part["pct"]), part["funder"], part["name"]) for part in explanation["parts"]]


def lot_dates(*, bought: datetime, terms: Terms, programme: Programme) -> tuple[datetime, datetime | None]:
    """(available from, gone from) of the points of a purchase; terms override the programme."""
    pending = programme.pending_days if terms.pending_days is None else terms.pending_days
    lifetime = programme.lifetime_days if terms.lifetime_days is None else terms.lifetime_days
    begins = business_day(bought, programme.zone) + timedelta(days=pending)
    return (
        available_from(bought=bought, pending_days=pending, zone=programme.zone),
        gone_from(begins=begins, lifetime_days=lifetime, mode=programme.expiry_mode, zone=programme.zone),
    )
