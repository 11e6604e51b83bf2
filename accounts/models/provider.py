"""What all processes must agree on about providers of mail, SMS and push: rates, breakers, money spent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderState(models.Model):
    """The breaker and the rate of one provider. While `open_until` lies ahead nothing is sent through it."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    # When the next message may leave at the provider's rate; ahead of the clock as far as slots are taken.
    free_at = models.DateTimeField(_("free from"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")

    def __str__(self) -> str:
        return self.name


class SmsSpend(models.Model):
    """Kopecks that SMS took on a day: of a pool, of a number, of a prefix. Numbers and prefixes are keyed hashes."""

    bucket = models.CharField(_("bucket"), max_length=64, primary_key=True)
    day = models.DateField(_("day"), db_index=True)
    spent = models.PositiveBigIntegerField(_("spent, hundredths"), default=0)
    count = models.PositiveIntegerField(_("messages"), default=0)

    class Meta:
        verbose_name = _("spent on SMS")
        verbose_name_plural = _("spent on SMS")

    def __str__(self) -> str:
        return f"{self.bucket[:8]} {self.day}"
