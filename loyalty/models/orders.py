"""Purchases that partners report, and their returns. Rows are facts: recorded once, never edited."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Round
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from partners.models import Outlet, Partner, Terms

# Rounded, because SQLite computes with binary fractions: 0.1 + 0.2 is more than 0.3 there.
_PAID_NOT_NEGATIVE = GreaterThanOrEqual(
    Round(models.F("total") - models.F("discount") - models.F("paid_with_points"), precision=2),
    models.Value(Decimal(0)),
)


class Order(models.Model):
    """A purchase. Money is in the programme's currency.

    `total` = Σ lines; `total − discount − paid_with_points` = `paid`; `eligible` is the part of `paid`
    that earns. `explanation` says how `points_earned` came about (see domain/earning/rates.py).
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("partner"))
    external_id = models.CharField(_("partner's id"), max_length=100)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("member"))
    outlet = models.ForeignKey(Outlet, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("outlet"))
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("terms"))
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=0)
    paid_with_points = models.DecimalField(_("paid with points, money"), max_digits=14, decimal_places=2, default=0)
    points_redeemed = models.BigIntegerField(_("points redeemed"), default=0)
    eligible = models.DecimalField(_("eligible"), max_digits=14, decimal_places=2)
    points_earned = models.BigIntegerField(_("points earned"), default=0)
    explanation = models.JSONField(_("explanation"), default=dict)
    content_hash = models.CharField(_("content hash"), max_length=64)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["member", "-occurred_at"], name="order_by_member"),
            models.Index(fields=["partner", "occurred_at"], name="order_by_partner"),
            models.Index(fields=["partner", "member", "occurred_at"], name="order_customers"),
            models.Index(fields=["outlet"], condition=models.Q(outlet__isnull=False), name="order_at_outlet"),
        ]
        constraints = [
            models.UniqueConstraint("partner", "external_id", name="order_unique_per_partner"),
            models.CheckConstraint(
                condition=models.Q(total__gte=0, discount__gte=0, paid_with_points__gte=0, eligible__gte=0, points_earned__gte=0, points_redeemed__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(condition=_PAID_NOT_NEGATIVE, name="order_paid_not_negative"),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def paid(self) -> Decimal:
        """What was paid in money."""
        return self.total - self.discount - self.paid_with_points


class OrderLine(models.Model):
    """A line. `amount` is its total (quantity doesn't multiply it); `paid` what was paid in money."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", verbose_name=_("order"))
    position = models.PositiveIntegerField(_("position"))
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    paid = models.DecimalField(_("paid in money"), max_digits=14, decimal_places=2)
    excluded = models.CharField(_("earns nothing because"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["order_id", "position"]
        constraints = [
            models.UniqueConstraint("order", "position", name="order_line_position"),
            models.CheckConstraint(condition=models.Q(amount__gte=0, paid__gte=0, paid__lte=models.F("amount")), name="order_line_amounts"),
        ]

    def __str__(self) -> str:
        return self.name or self.sku or str(self.position)


class Return(models.Model):
    """A return of goods, of a known order or (empty `order`) of a purchase the programme doesn't know.

    `total` is the value of the goods; of it `paid_with_points` had been paid with points. `points_due` is
    what the return takes back; of it `points_expired` had already run out unspent in the order's own lots.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("partner"))
    external_id = models.CharField(_("partner's id"), max_length=100)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("member"))
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="returns", verbose_name=_("order"))
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="returns", db_index=False, verbose_name=_("terms"))
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    paid_with_points = models.DecimalField(_("paid with points, money"), max_digits=14, decimal_places=2, default=0)
    points_due = models.BigIntegerField(_("points to take back"), default=0)
    points_expired = models.BigIntegerField(_("of them already expired"), default=0)
    points_restored = models.BigIntegerField(_("points given back"), default=0)
    explanation = models.JSONField(_("explanation"), default=dict)
    content_hash = models.CharField(_("content hash"), max_length=64)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        indexes = [
            models.Index(fields=["member", "-occurred_at"], name="return_by_member"),
            models.Index(fields=["partner", "occurred_at"], name="return_by_partner"),
        ]
        constraints = [
            models.UniqueConstraint("partner", "external_id", name="return_unique_per_partner"),
            models.CheckConstraint(
                condition=models.Q(total__gte=0, paid_with_points__gte=0, points_due__gte=0, points_expired__gte=0, points_restored__gte=0),
                name="return_amounts_not_negative",
            ),
            models.CheckConstraint(condition=models.Q(points_expired__lte=models.F("points_due")), name="return_expired_within_due"),
        ]

    def __str__(self) -> str:
        return self.external_id


class ReturnLine(models.Model):
    """What came back of a line (of the order's line where the order is known)."""

    order_return = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines", verbose_name=_("return"))
    order_line = models.ForeignKey(OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="returns", verbose_name=_("line"))
    position = models.PositiveIntegerField(_("position"))
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=1)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        ordering = ["order_return_id", "position"]
        constraints = [
            models.UniqueConstraint("order_return", "position", name="return_line_position"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="return_line_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name or self.sku or str(self.position)
