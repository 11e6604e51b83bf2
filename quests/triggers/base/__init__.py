"""What every trigger is made of: what a purchase is worth, what must differ or follow on, and the words and fields of its kind.

A trigger knows nothing of quests' tables: it is asked about purchases, numbers and dates.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext

from quests.triggers.base import conditions
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase
from quests.triggers.base.tally import ONE, Distinct, Streak, Tally, Total

NOTHING = Decimal(0)
Text = str | Promise


class Trigger(ABC):
    """A kind of quest. `label` says what it asks for, as staff choose it; `hint` what they should know; `note` tells members how it counts.

    `position` orders the choices. `needs` names the form fields of which at least one must be filled in. `money`: the target is
    an amount of money, else a whole number. `of_purchases`: purchases advance it, else deeds of its own kind.
    """

    slug: ClassVar[str]
    label: ClassVar[Text]
    position: ClassVar[int]
    hint: ClassVar[Text] = ""
    note: ClassVar[Text] = ""
    tally: ClassVar[type[Tally]] = Total
    money: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    of_purchases: ClassVar[bool] = True
    # Only the first purchase under a key counts (first purchases at new partners).
    first_only: ClassVar[bool] = False

    def fields(self) -> dict[str, forms.Field]:
        """What staff fill in for a quest of this kind, by names that no field of a quest has."""
        return {}

    def rows(self) -> Sequence[str | tuple[str, ...]]:
        """The names of the fields, those side by side in a tuple."""
        return tuple(self.fields())

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was filled in, as the quest keeps it, without what is empty. Raises ValidationError by field."""
        kept = {name: value for name, value in self.kept(values).items() if value not in (None, [], "")}
        if self.needs and not any(name in kept for name in self.needs):
            names = ", ".join(str(field.label) for name, field in self.fields().items() if name in self.needs)
            raise ValidationError({self.needs[0]: gettext("This kind of quest needs one of: %(names)s.") % {"names": names}})
        return kept

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was filled in, in the shape in which a quest keeps it. Raises ValidationError by field."""
        return {name: values.get(name) for name in self.fields()}

    def filled_in(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """The same the other way round: what the form shows of a quest."""
        return {name: kept.get(name) for name in self.fields()}

    def may_count_at(self, local: datetime, birthday: tuple[int, int] | None) -> bool:
        """Whether something a member with this birthday (month, day) does at an instant of the programme's clock can count."""
        return True

    def standing(self, value: Decimal, last_key: int | None, today: date) -> Decimal:
        """How much of the `value` of a round that runs still stands on a day, whose latest contribution was under a key."""
        return value

    def in_reach(self, value: Decimal, target: Decimal, last_key: int | None, *, today: date, last_day: date) -> bool:
        """Whether the target can be reached until the last day, it included, by a round with so much standing today."""
        return True


class PurchaseTrigger(Trigger):
    """A trigger that purchases advance, of those that the conditions let in."""

    @abstractmethod
    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        """What the purchase counts with so much of it kept; 0: nothing. It never grows as less is kept."""

    def key(self, purchase: Purchase) -> str:
        """What must differ, or follow on; empty where neither matters."""
        return ""

    def fields(self) -> dict[str, forms.Field]:
        return conditions.fields()

    def rows(self) -> Sequence[str | tuple[str, ...]]:
        return conditions.ROWS

    def kept(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return conditions.parameters(values)

    def filled_in(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        return conditions.filled_in(kept)


class CountTrigger(PurchaseTrigger):
    """Counts purchases of which something is kept."""

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return ONE if kept.goods > 0 else NOTHING


class StreakTrigger(CountTrigger):
    """Counts calendar periods in a row, each with a purchase. They are numbered without a break over the years."""

    tally = Streak

    @abstractmethod
    def number(self, day: date) -> int:
        """The period that a day of the programme's zone belongs to."""

    @abstractmethod
    def last_day(self, number: int) -> date:
        """The last day of a period."""

    def key(self, purchase: Purchase) -> str:
        return str(self.number(purchase.local.date()))

    def standing(self, value: Decimal, last_key: int | None, today: date) -> Decimal:
        """All of it, or nothing: a period left out broke the run."""
        return value if last_key is not None and last_key >= self.number(today) - 1 else NOTHING

    def in_reach(self, value: Decimal, target: Decimal, last_key: int | None, *, today: date, last_day: date) -> bool:
        """Whether a run stands, and there are periods enough: the one that runs counts unless it has its purchase."""
        if not value or last_key is None:
            return False
        return target - value <= self.number(last_day) - max(self.number(today), last_key + 1) + 1


class DeedTrigger(Trigger, ABC):
    """A trigger that deeds advance: each counts once under its key."""

    of_purchases = False
    tally = Distinct


class StateTrigger(DeedTrigger, ABC):
    """A trigger for something that is so, once it is: `fulfilled` names keys with the members who have done it."""

    fulfilled: ClassVar[tuple[tuple[str, Q], ...]]
