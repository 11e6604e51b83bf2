"""First purchases at new partners."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import NOTHING, CountTrigger
from quests.triggers.base.conditions import Conditions
from quests.triggers.base.purchase import Kept, Purchase
from quests.triggers.base.tally import Distinct


class NewPartner(CountTrigger):
    """Counts partners at which the member's very first purchase falls into the window."""

    slug = "new_partner"
    label = _("first purchases at new partners")
    position = 100
    note = _("Your very first purchase at a partner counts.")
    tally = Distinct
    first_only = True

    def worth(self, kept: Kept, purchase: Purchase, conditions: Conditions) -> Decimal:
        return super().worth(kept, purchase, conditions) if purchase.first else NOTHING

    def key(self, purchase: Purchase) -> str:
        return str(purchase.partner_id)
