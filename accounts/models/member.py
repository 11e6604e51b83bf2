"""A card holder."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class Member(models.Model):
    """A card holder. Exists without a log-in too: registered at a till or met in an import."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="member", verbose_name=_("log-in"))
    # The contacts on file. For a member with a log-in they follow the log-in's verified contacts.
    email = models.EmailField(_("e-mail"), null=True, blank=True)
    phone = PhoneNumberField(_("phone"), null=True, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("birthday: day"), null=True, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("birthday: month"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("birthday: year"), null=True, blank=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="member_email_unique"),
            models.UniqueConstraint("phone", name="member_phone_unique"),
            models.CheckConstraint(
                condition=models.Q(birth_day__isnull=True, birth_month__isnull=True) | models.Q(birth_day__range=(1, 31), birth_month__range=(1, 12)),
                name="member_birthday_is_day_and_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or f"№ {self.pk}"
