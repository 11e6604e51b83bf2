"""How often partners' pages are opened, counted without a trace of who opened them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.outlet import Outlet
from partners.models.partner import Partner


class VisitCount(models.Model):
    """Views and taps on “route” of a business day. The counts of a day are spread over shards, so that few writers meet at one row."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="visits", verbose_name=_("partner"), db_index=False)
    outlet = models.ForeignKey(Outlet, null=True, blank=True, on_delete=models.CASCADE, related_name="visits", verbose_name=_("outlet"))
    day = models.DateField(_("day"))
    shard = models.PositiveSmallIntegerField(_("shard"))
    views = models.PositiveIntegerField(_("views"), default=0)
    route_taps = models.PositiveIntegerField(_("taps on the route"), default=0)

    class Meta:
        verbose_name = _("visits of a day")
        verbose_name_plural = _("visits")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["partner", "day", "outlet", "shard"], condition=models.Q(outlet__isnull=False), name="visits_of_outlet"),
            models.UniqueConstraint(fields=["partner", "day", "shard"], condition=models.Q(outlet__isnull=True), name="visits_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.day}: {self.views}"
