"""When the demo was first loaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DemoLoad(models.Model):
    """The instant to which the demo's dates are tied, so that loading it again repeats the same facts."""

    anchored_at = models.DateTimeField(_("first loaded"))

    class Meta:
        verbose_name = _("demo load")
        verbose_name_plural = _("demo loads")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="demo_load_is_one_row")]

    def __str__(self) -> str:
        return f"{self.anchored_at:%Y-%m-%d}"
