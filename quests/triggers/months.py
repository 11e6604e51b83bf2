"""Months in a row with a purchase."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import StreakTrigger


def month_number(day: date) -> int:
    """Months numbered without a break over the years."""
    return day.year * 12 + day.month - 1


class Months(StreakTrigger):
    """The longest run of calendar months in the programme's zone, each with a purchase."""

    slug = "months"
    label = _("months in a row")
    position = 90
    note = _("One purchase a month is enough. One left out starts the count again.")

    def number(self, day: date) -> int:
        return month_number(day)

    def last_day(self, number: int) -> date:
        after = number + 1
        return date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
