"""Counters that hold across processes: how often something was tried within a window."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateLimit(models.Model):
    """One counter. The bucket is a keyed hash: nobody can see whose contact or card was counted."""

    bucket = models.CharField(_("bucket"), max_length=64, primary_key=True)
    hits = models.PositiveIntegerField(_("hits"), default=0)
    expires_at = models.DateTimeField(_("starts afresh"), db_index=True)

    class Meta:
        verbose_name = _("rate limit")
        verbose_name_plural = _("rate limits")

    def __str__(self) -> str:
        return self.bucket[:8]
