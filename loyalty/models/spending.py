"""What a member allows at tills, and the one-time codes that have served."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from loyalty.enums import SpendLock


class SpendSettings(models.Model):
    """A member's own rules for spending, in points. No row means the defaults: the lock asks the phone."""

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.PROTECT, related_name="spend_settings", verbose_name=_("member"))
    lock = models.CharField(_("lock"), max_length=8, choices=SpendLock, default=SpendLock.PHONE)
    # Only with an open lock: when it closes by itself. Empty: it stays open.
    open_until = models.DateTimeField(_("open until"), null=True, blank=True)
    daily_cap = models.PositiveIntegerField(_("at most a day, points"), null=True, blank=True)
    confirm_above = models.PositiveIntegerField(_("ask me above, points"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("spending settings")
        verbose_name_plural = _("spending settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(daily_cap__isnull=True) | models.Q(daily_cap__gte=1), name="spend_daily_cap_at_least_1"),
            models.CheckConstraint(condition=models.Q(open_until__isnull=True) | models.Q(lock="open"), name="spend_open_until_only_when_open"),
        ]

    def __str__(self) -> str:
        return self.lock


class UsedSpendToken(models.Model):
    """A one-time code that served. Written with the spend itself, kept until it could not pass again anyway."""

    token_id = models.BigIntegerField(_("code"), primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    used_at = models.DateTimeField(_("used"), db_index=True)

    class Meta:
        verbose_name = _("used code")
        verbose_name_plural = _("used codes")

    def __str__(self) -> str:
        return f"{self.token_id:x}"
