"""Where a partner wants to hear of events, and each message on its way there."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.models.partner import Partner


class WebhookKind(models.TextChoices):
    """The `type` of a message, as the Standard Webhooks specification spells it."""

    ORDER_RECORDED = "order.recorded", _("order recorded")
    RETURN_RECORDED = "return.recorded", _("return recorded")
    POINTS_SPENT = "points.spent", _("points spent")
    TEST = "webhook.test", _("test message")


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("on its way")
    DELIVERED = "delivered", _("delivered")
    FAILED = "failed", _("given up")


class WebhookEndpoint(models.Model):
    """An address of a partner's. `kinds` empty: every kind. Both secrets sign until `previous_secret_until`."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="webhooks", verbose_name=_("partner"))
    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    kinds = models.JSONField(_("kinds of messages"), default=list, blank=True, help_text=_("Empty: all of them."))
    secret = models.CharField(_("secret"), max_length=100, editable=False)
    previous_secret = models.CharField(_("previous secret"), max_length=100, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(_("previous secret valid until"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    disabled_at = models.DateTimeField(_("disabled"), null=True, blank=True, editable=False)
    disabled_reason = models.CharField(_("why it was disabled"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(_("not tried before"), null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(_("a worker sends until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["partner_id", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_active=True, disabled_at__isnull=True) | models.Q(is_active=False), name="webhook_active_is_not_disabled"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One message to one endpoint. `body` is signed and sent as it stands, the same at every attempt."""

    uuid = models.UUIDField(_("message id"), default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("webhook"))
    event_id = models.BigIntegerField(_("event"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40, choices=WebhookKind)
    body = models.TextField(_("message"))
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    due_at = models.DateTimeField(_("next attempt"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["endpoint", "due_at"], condition=models.Q(state="pending"), name="delivery_due"),
            models.Index(fields=["created_at"], condition=~models.Q(state="pending"), name="delivery_settled"),
        ]
        constraints = [models.UniqueConstraint("endpoint", "event_id", name="delivery_once_per_event")]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """The `webhook-id`: the same at every attempt, so that the receiver can tell a repetition."""
        return f"msg_{self.uuid.hex}"
