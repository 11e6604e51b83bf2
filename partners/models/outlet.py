"""A partner's points of sale."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner
from partners.models.place import CellNumber, Joined


class Outlet(models.Model):
    """One point of sale. Coordinates are WGS84 degrees; `external_id` is the partner's own name for it."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="outlets", verbose_name=_("partner"))
    external_id = models.CharField(_("partner's id"), max_length=64)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300)
    city = models.CharField(_("city"), max_length=100)
    country = models.CharField(_("country"), max_length=2)
    lat = models.FloatField(_("latitude"))
    lng = models.FloatField(_("longitude"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours = models.CharField(
        _("opening hours"), max_length=300, blank=True, help_text=_("As in: Mo-Fr 09:00-13:00,14:00-20:00; Sa 10:00-02:00; Su off; PH off. Or: 24/7.")
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("As in Europe/Moscow. Empty: the only zone of the country, else the programme's.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    # Derived by the database, so that no writer can forget them: where it lies in the index, and what decides when it is open.
    cell = models.GeneratedField(expression=CellNumber("lat", "lng"), output_field=models.BigIntegerField(), db_persist=True)
    schedule = models.GeneratedField(expression=Joined("timezone", "country", "hours"), output_field=models.CharField(max_length=400), db_persist=True)

    class Meta:
        verbose_name = _("outlet")
        verbose_name_plural = _("outlets")
        ordering = ["partner_id", "external_id"]
        constraints = [
            models.UniqueConstraint("partner", "external_id", name="outlet_unique_per_partner"),
            models.CheckConstraint(condition=models.Q(lat__range=(-90, 90), lng__range=(-180, 180)), name="outlet_on_earth"),
        ]
        indexes = [
            # Not for active ones alone: SQLite wouldn't use it for several ranges at once then.
            models.Index(fields=["cell"], name="outlet_by_cell"),
            models.Index(fields=["partner", "cell"], name="outlet_by_partner_and_cell"),
        ]

    def __str__(self) -> str:
        return self.name
