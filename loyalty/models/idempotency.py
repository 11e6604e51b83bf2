"""Answers that tills may ask for again with the same Idempotency-Key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Partner


class StoredAnswer(models.Model):
    """The first answer to a call. Its id is made of the partner and the key, so claiming a key is one insert.

    The row is written in the transaction of the call's effect: either both exist or neither does.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", verbose_name=_("partner"), db_index=False)
    # What was asked: a hash of the method, the path and the body.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    body = models.TextField(_("answer"), blank=True)
    created_at = models.DateTimeField(_("answered"), db_index=True)

    class Meta:
        verbose_name = _("stored answer")
        verbose_name_plural = _("stored answers")

    def __str__(self) -> str:
        return str(self.id)
