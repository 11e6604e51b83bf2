"""The one programme a deployment runs."""

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.enums import ExpiryMode, Rounding, Shortfall, SpendRequires
from loyalty.lib.clock import zone_names


def validate_timezone(value: str) -> None:
    """Accept only names of the IANA time zone database."""
    if value not in zone_names():
        raise ValidationError(_("“%(zone)s” is not an IANA time zone name, as in Europe/Moscow."), params={"zone": value})


hex_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour is # and six hexadecimal digits, as in #14453a."))


class Programme(models.Model):
    """A singleton row that staff edit. Shares are in percent, lengths in days, point_value in currency units."""

    name = models.CharField(_("name"), max_length=60, default="Жетон")
    currency = models.CharField(
        _("currency"), max_length=3, default="RUB", validators=[RegexValidator(r"^[A-Z]{3}$", _("A currency is three capital letters, as in RUB."))]
    )
    timezone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow", validators=[validate_timezone])
    point_value = models.DecimalField(_("value of a point"), max_digits=10, decimal_places=4, default=1, validators=[MinValueValidator(0.0001)])
    rounding = models.CharField(_("rounding"), max_length=8, choices=Rounding, default=Rounding.DOWN)
    pending_days = models.PositiveIntegerField(_("pending days"), default=7, validators=[MaxValueValidator(3650)])
    lifetime_days = models.PositiveIntegerField(_("lifetime, days"), default=365, validators=[MinValueValidator(1), MaxValueValidator(36500)])
    expiry_mode = models.CharField(_("expiry"), max_length=10, choices=ExpiryMode, default=ExpiryMode.DAYS)
    expiring_window_days = models.PositiveIntegerField(_("expiring window, days"), default=30, validators=[MaxValueValidator(3650)])
    spendable_share = models.DecimalField(
        _("payable with points, % of an order"), max_digits=6, decimal_places=3, default=50, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    return_shortfall = models.CharField(_("what a return can't take back"), max_length=8, choices=Shortfall, default=Shortfall.DEBT)
    spend_requires = models.CharField(_("a spend needs"), max_length=12, choices=SpendRequires, default=SpendRequires.TOKEN)
    spend_daily_cap = models.PositiveIntegerField(
        _("spent at tills a day, points"), default=10_000, help_text=_("For members who haven't chosen a limit of their own.")
    )
    transfer_daily_cap = models.PositiveIntegerField(_("transfers a day, points"), default=1000)
    welcome_points = models.PositiveIntegerField(_("welcome points"), default=300, validators=[MaxValueValidator(1_000_000)])
    support_daily_limit = models.PositiveIntegerField(
        _("adjustments a day, points"), default=1000, help_text=_("How many points one support user may give and take in a business day, added up.")
    )
    # Brand: the six knobs of static/css/tokens.css, served as a versioned /brand.css.
    brand_base = models.CharField(_("brand colour"), max_length=7, default="#14453a", validators=[hex_colour])
    brand_accent = models.CharField(_("accent colour"), max_length=7, default="#c2983f", validators=[hex_colour])
    brand_radius = models.PositiveSmallIntegerField(_("corner radius, px"), default=20, validators=[MaxValueValidator(32)])
    brand_notch = models.PositiveSmallIntegerField(_("notch, px"), default=10, validators=[MaxValueValidator(20)])
    brand_logo = models.FileField(_("logo (SVG or PNG)"), upload_to="brand/", blank=True)
    rules_version = models.CharField(_("version of the programme rules"), max_length=32, default="1")
    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_phone = models.CharField(_("support phone"), max_length=40, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programme")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="programme_is_one_row"),
            models.CheckConstraint(condition=models.Q(point_value__gt=0), name="programme_point_value_above_0"),
            models.CheckConstraint(condition=models.Q(lifetime_days__gte=1), name="programme_lifetime_at_least_1"),
            models.CheckConstraint(condition=models.Q(spendable_share__range=(0, 100)), name="programme_spendable_share_in_0_100"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The programme's time zone: business days begin and end in it."""
        return ZoneInfo(self.timezone)
