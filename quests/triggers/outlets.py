"""Purchases at different outlets."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import NOTHING, CountTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase
from quests.triggers.base.tally import Distinct


class Outlets(CountTrigger):
    """Counts each outlet once; a purchase without an outlet counts nothing."""

    slug = "outlets"
    label = _("different outlets")
    position = 60
    note = _("Each outlet counts once, however many purchases.")
    tally = Distinct

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.outlet_id else NOTHING

    def key(self, purchase: Purchase) -> str:
        return str(purchase.outlet_id)
