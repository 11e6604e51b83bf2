"""Months in a row with a purchase."""

from datetime import date

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger, Measure
from quests.triggers.base.purchase import Purchase


def month_number(day: date) -> int:
    """Months numbered without a break over the years."""
    return day.year * 12 + day.month - 1


class Months(CountTrigger):
    """The longest run of calendar months in the programme's zone, each with a purchase."""

    kind = TriggerKind.MONTHS
    measure = Measure.STREAK

    def key(self, purchase: Purchase) -> str:
        return str(month_number(purchase.local.date()))
