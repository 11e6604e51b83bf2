"""What partners' people propose to change of their listing, and what became of it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.outlet import Outlet
from partners.models.partner import Partner


class ChangeKind(models.TextChoices):
    LISTING = "listing", _("texts and pictures")
    OUTLET = "outlet", _("outlet")
    NEW_OUTLET = "new_outlet", _("new outlet")


class ChangeState(models.TextChoices):
    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waiting for review")
    APPROVED = "approved", _("published")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")

    @property
    def is_open(self) -> bool:
        """Whether it may still be published."""
        return self in (ChangeState.DRAFT, ChangeState.WAITING)


_OPEN = models.Q(state__in=[ChangeState.DRAFT, ChangeState.WAITING])


class ListingChange(models.Model):
    """Proposed values of a partner's listing or of one outlet, by field, and the values that were published when they were proposed.

    Sent for review it doesn't change any more: what the moderator saw is what is published.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="changes", verbose_name=_("partner"))
    kind = models.CharField(_("what"), max_length=10, choices=ChangeKind)
    outlet = models.ForeignKey(Outlet, null=True, blank=True, on_delete=models.PROTECT, related_name="changes", verbose_name=_("outlet"))
    base = models.JSONField(_("published when proposed"), default=dict, encoder=DjangoJSONEncoder)
    proposed = models.JSONField(_("proposed"), default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=ChangeState, default=ChangeState.DRAFT)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("begun by"), editable=False
    )
    submitted_at = models.DateTimeField(_("sent for review"), null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("sent by"), editable=False
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("decided by"), editable=False
    )

    class Meta:
        verbose_name = _("change of a listing")
        verbose_name_plural = _("changes of listings")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["partner", "-id"], name="change_of_partner"),
            models.Index(fields=["submitted_at"], condition=models.Q(state="waiting"), name="change_waiting"),
        ]
        constraints = [
            models.UniqueConstraint("partner", condition=_OPEN & models.Q(kind="listing"), name="change_one_open_per_listing"),
            models.UniqueConstraint("outlet", condition=_OPEN & models.Q(kind="outlet"), name="change_one_open_per_outlet"),
            models.CheckConstraint(
                condition=models.Q(kind="outlet", outlet__isnull=False) | models.Q(kind="listing", outlet__isnull=True) | models.Q(kind="new_outlet"),
                name="change_outlet_where_one_is_meant",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ChangeState.values), name="change_state_known"),
            models.CheckConstraint(condition=~models.Q(state="rejected") | ~models.Q(reason=""), name="change_rejected_with_reason"),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"
