"""Members write to us; staff answer."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.member import Member


class Topic(models.TextChoices):
    POINTS = "points", _("points and purchases")
    CARD = "card", _("card and log-in")
    PARTNER = "partner", _("a partner")
    QUEST = "quest", _("quests and level")
    OTHER = "other", _("something else")


class ContactRequestState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ANSWERED = "answered", _("answered")
    CLOSED = "closed", _("closed without an answer")


class ContactRequest(models.Model):
    """A letter from the cabinet, and the answer to it. `order_ref` is the id of a purchase of the member's, if any."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="contact_requests", verbose_name=_("member"))
    topic = models.CharField(_("topic"), max_length=10, choices=Topic)
    order_ref = models.BigIntegerField(_("purchase"), null=True, blank=True)
    text = models.TextField(_("text"), max_length=4000)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=ContactRequestState, default=ContactRequestState.OPEN)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("answered by"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter from a member")
        verbose_name_plural = _("letters from members")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "-id"], name="contact_request_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="answered") | (~models.Q(answer="") & models.Q(answered_at__isnull=False)),
                name="contact_request_answer_has_text",
            )
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"
