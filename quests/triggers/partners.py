"""Purchases at different partners."""

from django.utils.translation import gettext_lazy as _

from quests.triggers.base import CountTrigger
from quests.triggers.base.purchase import Purchase
from quests.triggers.base.tally import Distinct


class Partners(CountTrigger):
    """Counts each partner once."""

    slug = "partners"
    label = _("different partners")
    position = 40
    note = _("Each partner counts once, however many purchases.")
    tally = Distinct

    def key(self, purchase: Purchase) -> str:
        return str(purchase.partner_id)
