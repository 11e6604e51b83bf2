"""Closed months: what the statements of a month hold for good."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models import Partner


class SettlementMonth(models.Model):
    """A month that finance has closed. What is recorded after `cuts` belongs to a later statement, whatever its date.

    `month` is its first day in the programme's zone. `cuts` has, for each table that statements are made of, the
    highest id that was recorded by then.
    """

    month = models.DateField(_("month"), unique=True)
    closed_at = models.DateTimeField(_("closed"), default=timezone.now)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("closed by"))
    cuts = models.JSONField(_("last records"))

    class Meta:
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        ordering = ["month"]
        default_permissions = ("view",)
        permissions = [("close_settlementmonth", _("Can close a month of settlement"))]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Statement(models.Model):
    """What a closed month said of one partner (empty: the operator), to be compared with what the ledger says."""

    month = models.ForeignKey(SettlementMonth, on_delete=models.PROTECT, related_name="statements", verbose_name=_("month"))
    partner = models.ForeignKey(Partner, null=True, blank=True, on_delete=models.PROTECT, related_name="statements", verbose_name=_("partner"))
    figures = models.JSONField(_("figures"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["month_id", "partner_id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("month", "partner", name="statement_once_a_month"),
            models.UniqueConstraint("month", condition=models.Q(partner__isnull=True), name="statement_operator_once_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id}/{self.partner_id}"
