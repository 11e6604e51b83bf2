"""Who works at a partner's desk, and who is invited to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.enums import DeskRole
from partners.models.partner import Partner


class PartnerUser(models.Model):
    """A log-in's seat at a partner's desk. One log-in may have seats at several."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="people", verbose_name=_("partner"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desks", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=8, choices=DeskRole, default=DeskRole.VIEWER)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("partner's user")
        verbose_name_plural = _("partners' users")
        ordering = ["partner_id", "pk"]
        constraints = [
            models.UniqueConstraint("partner", "user", name="partner_user_once"),
            models.CheckConstraint(condition=models.Q(role__in=DeskRole.values), name="partner_user_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.user_id} ({self.role})"

    def may(self, needed: DeskRole) -> bool:
        """Whether the seat's role covers another one."""
        return DeskRole(self.role).covers(needed)

    @property
    def may_edit(self) -> bool:
        """Whether texts, pictures and outlets may be changed."""
        return self.may(DeskRole.EDITOR)

    @property
    def may_manage(self) -> bool:
        """Whether people, keys and webhooks may be changed."""
        return self.may(DeskRole.MANAGER)


class Invitation(models.Model):
    """An e-mail address that may take a seat, once, until `expires_at`. The link in the mail holds a signed `uuid`."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("partner"))
    # Always in lower case, as a user's is.
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=8, choices=DeskRole, default=DeskRole.VIEWER)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("invited by"), editable=False
    )
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("accepted by"), editable=False
    )
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                "partner", "email", condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True), name="invitation_one_open_per_email"
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="invitation_email_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=DeskRole.values), name="invitation_role_known"),
            models.CheckConstraint(condition=models.Q(accepted_at__isnull=True) | models.Q(revoked_at__isnull=True), name="invitation_accepted_or_withdrawn"),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"
