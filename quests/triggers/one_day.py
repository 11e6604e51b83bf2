"""Several purchases in one day."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import NOTHING, CountTrigger
from quests.triggers.base.purchase import Purchase
from quests.triggers.base.tally import ZERO, Tally


class WithinOneDay(Tally):
    """Purchases of the latest day; another day begins at nothing. Keys are the numbers of days."""

    adds_up = True

    def add(self, value: Decimal, key: str) -> int:
        if self.over:
            return 0
        if int(key) != self.last_key:
            self.value, self.last_key = ZERO, int(key)
        self.value += value
        if self.value < self.target:
            return 0
        self.rounds += 1
        self.value = ZERO
        return 1


class OneDay(CountTrigger):
    """Counts purchases of one and the same business day in the programme's zone; the next day begins at nothing."""

    slug = "one_day"
    label = _("several purchases in one day")
    position = 15
    note = _("Purchases of one day count together. The next day begins at nothing.")
    tally = WithinOneDay

    def key(self, purchase: Purchase) -> str:
        return str(purchase.local.toordinal())

    def standing(self, value: Decimal, last_key: int | None, today: date) -> Decimal:
        return value if last_key == today.toordinal() else NOTHING
