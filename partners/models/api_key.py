"""The keys by which partners' tills and shops sign their calls."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey

from partners.models.partner import Partner


class Scope(models.TextChoices):
    """What a key may do."""

    ORDERS_WRITE = "orders:write", _("report orders and returns, enrol members")
    MEMBERS_READ = "members:read", _("look members up")
    POINTS_SPEND = "points:spend", _("spend members' points")
    CATALOGUE_READ = "catalogue:read", _("read partners and outlets")


def validate_scopes(value: object) -> None:
    """Accept a list of known scopes without repeats."""
    if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value) or not set(map(str, value)) <= set(Scope.values):
        raise ValidationError(_("Scopes are one or more of: %(scopes)s."), params={"scopes": ", ".join(Scope.values)})


class ApiKey(AbstractAPIKey):
    """A key of one partner. Only its hash is stored; the key itself is shown once, when it is made."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("partner"))
    scopes = models.JSONField(_("scopes"), default=list, validators=[validate_scopes])
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    # A rotated key works on next to its successor until its own expiry.
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces", verbose_name=_("replaced by"), editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("API key")  # type: ignore[assignment]
        verbose_name_plural = _("API keys")  # type: ignore[assignment]

    def may(self, scope: str) -> bool:
        """Whether the key carries a scope."""
        return scope in self.scopes
