"""The number that identifies a member at a till."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.member import Member


class CardKind(models.TextChoices):
    VIRTUAL = "virtual", _("virtual")
    PLASTIC = "plastic", _("plastic")


class CardBlockReason(models.TextChoices):
    LOST = "lost", _("lost")
    STOLEN = "stolen", _("stolen")
    DAMAGED = "damaged", _("damaged")
    REPLACED = "replaced", _("replaced by a new card")
    STAFF = "staff", _("blocked by staff")


class Card(models.Model):
    """16 digits with a Luhn check digit. A lost card is blocked and replaced, never reused."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="cards", verbose_name=_("member"))
    number = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=CardKind, default=CardKind.VIRTUAL)
    is_primary = models.BooleanField(_("primary"), default=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    block_reason = models.CharField(_("reason of the block"), max_length=8, choices=CardBlockReason, blank=True)
    replaced_by = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces", verbose_name=_("replaced by"))
    created_at = models.DateTimeField(_("issued"), default=timezone.now)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint("member", condition=models.Q(is_primary=True), name="card_one_primary_per_member"),
            models.CheckConstraint(
                condition=models.Q(is_primary=False) | models.Q(blocked_at__isnull=True),
                name="card_primary_is_not_blocked",
            ),
        ]

    def __str__(self) -> str:
        return f"•••• {self.number[-4:]}"
