"""Purchases in different cities."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import NOTHING, CountTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase
from quests.triggers.base.tally import Distinct


class Cities(CountTrigger):
    """Counts each city once, by the outlet's address; a purchase without an outlet counts nothing."""

    slug = "cities"
    label = _("different cities")
    position = 70
    note = _("Each city counts once, however many purchases.")
    tally = Distinct

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.city else NOTHING

    def key(self, purchase: Purchase) -> str:
        return purchase.city.casefold()[:80]
