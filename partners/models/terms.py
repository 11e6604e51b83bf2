"""A partner's dated conditions."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner


class Funding(models.TextChoices):
    PARTNER = "partner", _("the partner")
    OPERATOR = "operator", _("the operator")


class Terms(models.Model):
    """Conditions from `valid_from` (an instant) until the partner's next row. Never edited in place.

    Rates and shares are in percent. An empty override means the programme's value.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="terms", verbose_name=_("partner"))
    valid_from = models.DateTimeField(_("valid from"))
    base_pct = models.DecimalField(_("base accrual, %"), max_digits=6, decimal_places=3, validators=[MinValueValidator(0), MaxValueValidator(100)])
    spendable_pct = models.DecimalField(
        _("payable with points, %"), max_digits=6, decimal_places=3, null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    pending_days = models.PositiveIntegerField(_("pending days"), null=True, blank=True, validators=[MaxValueValidator(3650)])
    lifetime_days = models.PositiveIntegerField(_("lifetime, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(36500)])
    funding = models.CharField(_("base points are paid by"), max_length=8, choices=Funding, default=Funding.PARTNER)
    fee_pct = models.DecimalField(
        _("operator's fee, % of turnover"), max_digits=6, decimal_places=3, default=Decimal(0), validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        ordering = ["partner_id", "valid_from"]
        constraints = [
            models.UniqueConstraint("partner", "valid_from", name="terms_one_row_per_instant"),
            models.CheckConstraint(condition=models.Q(base_pct__range=(0, 100)), name="terms_base_pct_in_0_100"),
            models.CheckConstraint(
                condition=models.Q(spendable_pct__isnull=True) | models.Q(spendable_pct__range=(0, 100)), name="terms_spendable_pct_in_0_100"
            ),
            models.CheckConstraint(condition=models.Q(fee_pct__range=(0, 100)), name="terms_fee_pct_in_0_100"),
            models.CheckConstraint(condition=models.Q(lifetime_days__isnull=True) | models.Q(lifetime_days__gte=1), name="terms_lifetime_at_least_1"),
        ]

    def __str__(self) -> str:
        return f"{self.base_pct.normalize():f} %"


class ExclusionField(models.TextChoices):
    CATEGORY = "category", _("category of the line")
    SKU = "sku", _("SKU")


class TermsExclusion(models.Model):
    """Lines that earn nothing under these terms, and why."""

    terms = models.ForeignKey(Terms, on_delete=models.CASCADE, related_name="exclusions", verbose_name=_("terms"))
    field = models.CharField(_("compares"), max_length=8, choices=ExclusionField)
    value = models.CharField(_("equals"), max_length=120)
    reason = models.CharField(_("reason shown to members"), max_length=200)

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        constraints = [models.UniqueConstraint("terms", "field", "value", name="exclusion_unique_per_terms")]

    def __str__(self) -> str:
        return f"{self.field} = {self.value}"
