"""Weeks in a row with a purchase."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import StreakTrigger

_A_MONDAY = date(1970, 1, 5)


def week_number(day: date) -> int:
    """Weeks from Monday to Sunday, numbered without a break over the years."""
    return (day - _A_MONDAY).days // 7


class Weeks(StreakTrigger):
    """The longest run of weeks, Monday to Sunday in the programme's zone, each with a purchase."""

    slug = "weeks"
    label = _("weeks in a row")
    position = 80
    note = _("One purchase a week is enough. Weeks run from Monday to Sunday; one left out starts the count again.")

    def number(self, day: date) -> int:
        return week_number(day)

    def last_day(self, number: int) -> date:
        return _A_MONDAY + timedelta(days=number * 7 + 6)
