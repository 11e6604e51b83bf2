"""Weeks in a row with a purchase."""

from datetime import date

from quests.enums import TriggerKind
from quests.triggers.base import CountTrigger, Measure
from quests.triggers.base.purchase import Purchase

_A_MONDAY = date(1970, 1, 5)


def week_number(day: date) -> int:
    """Weeks from Monday to Sunday, numbered without a break over the years."""
    return (day - _A_MONDAY).days // 7


class Weeks(CountTrigger):
    """The longest run of weeks, Monday to Sunday in the programme's zone, each with a purchase."""

    kind = TriggerKind.WEEKS
    measure = Measure.STREAK

    def key(self, purchase: Purchase) -> str:
        return str(week_number(purchase.local.date()))
