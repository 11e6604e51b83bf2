"""A partner's own name for a member."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from partners.models.partner import Partner


class CustomerNumber(models.Model):
    """The number under which a partner's own system knows a member."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="customer_numbers", verbose_name=_("partner"))
    number = models.CharField(_("customer number"), max_length=64)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="customer_numbers", verbose_name=_("member"))

    class Meta:
        verbose_name = _("customer number")
        verbose_name_plural = _("customer numbers")
        constraints = [models.UniqueConstraint("partner", "number", name="customer_number_unique_per_partner")]

    def __str__(self) -> str:
        return self.number
