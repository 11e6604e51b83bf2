"""What members tell of an outlet that didn't serve them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from partners.models.outlet import Outlet


class ReportKind(models.TextChoices):
    CLOSED = "closed", _("closed")
    CARD_REFUSED = "card_refused", _("the card was refused")


class OutletReport(models.Model):
    """One member's report. Open until staff or the partner settle it."""

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="reports", verbose_name=_("outlet"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="outlet_reports", verbose_name=_("member"))
    kind = models.CharField(_("what happened"), max_length=12, choices=ReportKind)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("report of an outlet")
        verbose_name_plural = _("reports of outlets")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("outlet", "member", "kind", condition=models.Q(settled_at__isnull=True), name="report_open_once_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.outlet_id}: {self.get_kind_display()}"
