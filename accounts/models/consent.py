"""What a member agreed to, when, and to which text."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.member import Member


class ConsentKind(models.TextChoices):
    RULES = "rules", _("programme rules and personal data")
    MARKETING = "marketing", _("marketing messages")


class Consent(models.Model):
    """One statement of will, given or withdrawn. The latest row of a kind is in force; rows are never edited."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents", verbose_name=_("member"))
    kind = models.CharField(_("kind"), max_length=16, choices=ConsentKind)
    given = models.BooleanField(_("given"))
    version = models.CharField(_("version of the text"), max_length=32)
    source = models.CharField(_("source"), max_length=32)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["member", "kind", "-at"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
