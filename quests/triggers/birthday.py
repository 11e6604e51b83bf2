"""Purchases in the week of the birthday."""

from calendar import isleap
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import NOTHING, CountTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase

DAYS_AROUND = 3


def birthday_in(year: int, month: int, day: int) -> date:
    """The birthday in a year; who was born on 29 February has it on the 28th of other years."""
    if (month, day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day)


def in_birthday_week(day: date, birthday: tuple[int, int]) -> bool:
    """Whether a day is within three days of the birthday, across the end of a year too."""
    return any(abs((day - birthday_in(year, *birthday)).days) <= DAYS_AROUND for year in (day.year - 1, day.year, day.year + 1))


class Birthday(CountTrigger):
    """Counts purchases from three days before the birthday to three days after it."""

    slug = "birthday"
    label = _("purchases in the birthday week")
    position = 130

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        if not self.may_count_at(purchase.local, purchase.birthday):
            return NOTHING
        return super().worth(kept, purchase, conditions)

    def may_count_at(self, local: datetime, birthday: tuple[int, int] | None) -> bool:
        return birthday is not None and in_birthday_week(local.date(), birthday)
