"""Partners that members marked."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from partners.models.partner import Partner


class Favourite(models.Model):
    """A member's mark on a partner."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="favourites", verbose_name=_("member"))
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="favourites", verbose_name=_("partner"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [models.UniqueConstraint("member", "partner", name="favourite_once_per_partner")]

    def __str__(self) -> str:
        return f"{self.member_id} ♥ {self.partner_id}"
