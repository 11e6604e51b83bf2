"""Which purchases a quest counts: its conditions as the engine reads them, and as staff fill them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from partners.models import Category, Partner


@dataclass(slots=True, frozen=True)
class Conditions:
    """Which purchases count. Empty sets and None: no condition. Hours are of the programme's clock, `hour_to` excluded."""

    partners: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    cities: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    hour_from: int | None = None
    hour_to: int | None = None
    at_least: Decimal | None = None

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> "Conditions":
        """Read a quest's parameters; unknown names are other matters of the trigger."""
        return cls(
            partners=frozenset(parameters.get("partners", ())),
            categories=frozenset(parameters.get("categories", ())),
            cities=frozenset(name.casefold() for name in parameters.get("cities", ())),
            weekdays=frozenset(parameters.get("weekdays", ())),
            hour_from=parameters.get("hour_from"),
            hour_to=parameters.get("hour_to"),
            at_least=Decimal(parameters["at_least"]) if parameters.get("at_least") else None,
        )

    def at_place(self, partner_id: int, category_id: int | None, city: str) -> bool:
        """Whether purchases at a place count."""
        elsewhere = partner_id not in self.partners and category_id not in self.categories
        if elsewhere and (self.partners or self.categories):
            return False
        return not self.cities or city.casefold() in self.cities

    def at_clock(self, local: datetime) -> bool:
        """Whether purchases at an instant of the programme's clock count."""
        if self.weekdays and local.weekday() not in self.weekdays:
            return False
        if self.hour_from is not None or self.hour_to is not None:
            low, high, hour = self.hour_from or 0, 24 if self.hour_to is None else self.hour_to, local.hour
            # From 22 to 6 goes over midnight.
            return low <= hour < high if low < high else hour >= low or hour < high
        return True


ROWS = ("partners", "categories", "cities", ("weekdays", "hour_from", "hour_to"), "at_least")


def fields() -> dict[str, forms.Field]:
    """The conditions in plain form fields, none of them required."""
    return {
        "partners": forms.ModelMultipleChoiceField(Partner.objects.all(), required=False, label=_("At partners")),
        "categories": forms.ModelMultipleChoiceField(Category.objects.all(), required=False, label=_("In sections of the catalogue")),
        "cities": forms.CharField(required=False, label=_("In cities"), help_text=_("Separated by commas.")),
        "weekdays": forms.TypedMultipleChoiceField(choices=list(WEEKDAYS.items()), coerce=int, required=False, label=_("On weekdays")),
        "hour_from": forms.IntegerField(min_value=0, max_value=23, required=False, label=_("From hour")),
        "hour_to": forms.IntegerField(
            min_value=1, max_value=24, required=False, label=_("Until hour"), help_text=_("11 means: before 11:00. From 22 until 6 goes over midnight.")
        ),
        "at_least": forms.DecimalField(min_value=Decimal(1), max_digits=12, decimal_places=2, required=False, label=_("Purchase of at least")),
    }


def parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, as a quest keeps it."""
    return {
        "partners": [one.pk for one in values.get("partners") or ()],
        "categories": [one.pk for one in values.get("categories") or ()],
        "cities": [name.strip() for name in (values.get("cities") or "").split(",") if name.strip()],
        "weekdays": sorted(values.get("weekdays") or ()),
        "hour_from": values.get("hour_from"),
        "hour_to": values.get("hour_to"),
        "at_least": str(values["at_least"]) if values.get("at_least") else None,
    }


def filled_in(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The same the other way round: what the form shows of a quest."""
    return {**{name: kept.get(name) for name in fields()}, "cities": ", ".join(kept.get("cities", ()))}
