"""Committed domain facts that consumers react to."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from loyalty.enums import EventKind


class Event(models.Model):
    """One fact, written in the transaction that made it true. Append-only; consumers keep their own marks."""

    kind = models.CharField(_("kind"), max_length=32, choices=EventKind)
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.PROTECT, related_name="events", verbose_name=_("member"))
    occurred_at = models.DateTimeField(_("occurred"))
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    payload = models.JSONField(_("payload"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return self.kind
