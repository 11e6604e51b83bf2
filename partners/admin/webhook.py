"""Partners' webhooks: addresses with their secrets, and the messages on their way."""

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminURLInputWidget

from loyalty.admin.base import MenuItem, RecordAdmin, Section
from loyalty.lib.errors import DomainError
from partners.domain import webhooks
from partners.domain.webhooks import check_url
from partners.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookKind

# Secrets stay out of the audit log, and so does what workers note while sending.
auditlog.register(WebhookEndpoint, exclude_fields=["secret", "previous_secret", "failures", "failing_since", "paused_until", "claimed_until"])
_CHOICES = [choice for choice in WebhookKind.choices if choice[0] != WebhookKind.TEST]


class EndpointForm(forms.ModelForm):
    """An address, checked as it will be when messages go there."""

    url = forms.URLField(label=_("address"), max_length=500, assume_scheme="https", widget=UnfoldAdminURLInputWidget)
    kinds = forms.MultipleChoiceField(
        label=_("kinds of messages"), choices=_CHOICES, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("None chosen: all of them.")
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("partner", "url", "description", "kinds", "is_active")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
        except DomainError as error:
            raise forms.ValidationError(gettext(error.message)) from None
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ModelAdmin):
    """Where partners hear of events. Actions are posted from the list, never followed as a link."""

    menu = MenuItem(Section.CONNECTIONS, _("Webhooks"), "webhook", 20)
    form = EndpointForm
    list_display = ("url", "partner", "is_active", "failing_since", "disabled_reason")
    list_filter = ("is_active", "partner")
    list_select_related = ("partner",)
    search_fields = ("url", "partner__name")
    autocomplete_fields = ("partner",)
    readonly_fields = ("secret", "previous_secret_until", "created_at", "failing_since", "paused_until", "disabled_at", "disabled_reason")
    actions = ("send_test", "rotate_secrets", "replay_given_up")

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        main = (None, {"fields": ("partner", "url", "description", "kinds", "is_active")})
        if obj is None:
            return (main,)
        return (
            main,
            # Whoever may only look doesn't see the secret.
            (_("Signature"), {"fields": ("secret", "previous_secret_until") if self.has_change_permission(request, obj) else ("previous_secret_until",)}),
            (_("State"), {"fields": ("created_at", "failing_since", "paused_until", "disabled_at", "disabled_reason")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        # Messages on their way belong to the partner they were written for.
        return (*self.readonly_fields, "partner") if obj is not None else self.readonly_fields

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if obj.is_active:
            webhooks.forgive(obj)
        if change:
            # Workers note how sending goes in the same row: only what the form may change is written.
            state = ["disabled_at", "disabled_reason", "failures", "failing_since", "paused_until"] if obj.is_active else []
            obj.save(update_fields=["url", "description", "kinds", "is_active", *state])
        else:
            obj.secret = webhooks.new_secret()
            obj.save(force_insert=True)

    @admin.action(description=_("Send a test message"), permissions=["change"])
    def send_test(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        now = timezone.now()
        count = len([webhooks.queue_test(endpoint, now=now) for endpoint in chosen.filter(is_active=True).select_related("partner")])
        self.message_user(request, ngettext("%(n)d test message is on its way.", "%(n)d test messages are on their way.", count) % {"n": count})

    @admin.action(description=_("Give a new secret (the old one signs for a day more)"), permissions=["change"])
    def rotate_secrets(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        endpoints = list(chosen)
        for endpoint in endpoints:
            webhooks.rotate_secret(endpoint, now=timezone.now())
        count = len(endpoints)
        self.message_user(request, ngettext("%(n)d webhook has a new secret.", "%(n)d webhooks have new secrets.", count) % {"n": count}, messages.SUCCESS)

    @admin.action(description=_("Send again what was given up"), permissions=["change"])
    def replay_given_up(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        lost = WebhookDelivery.objects.filter(endpoint__in=chosen, endpoint__is_active=True, state=DeliveryState.FAILED)
        _replay(self, request, lost)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RecordAdmin):
    """Messages, to read and to send once more."""

    menu = MenuItem(Section.CONNECTIONS, _("Webhook messages"), "outgoing_mail", 30)
    list_display = ("pk", "created_at", "endpoint", "kind", "state", "attempts", "response_status", "error")
    list_filter = ("state", "kind", "endpoint__partner")
    list_select_related = ("endpoint",)
    fields = (
        "message_id", "endpoint", "event_id", "kind", "body", "state", "created_at", "due_at", "attempts", "last_attempt_at", "delivered_at",
        "response_status", "error",
    )  # fmt: skip
    readonly_fields = fields
    actions: Any = ("replay",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whoever may change webhooks may send their messages again."""
        user: Any = request.user
        return bool(user.has_perm("partners.change_webhookendpoint"))

    @admin.action(description=_("Send again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        _replay(self, request, chosen)


def _replay(page: ModelAdmin, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
    """Replay deliveries and note it in the audit log of their webhooks."""
    with transaction.atomic():
        by_endpoint: dict[WebhookEndpoint, list[int]] = {}
        for delivery in chosen.exclude(state=DeliveryState.PENDING).select_related("endpoint").order_by("pk"):
            by_endpoint.setdefault(delivery.endpoint, []).append(delivery.pk)
        count = 0
        for endpoint, ids in by_endpoint.items():
            count += webhooks.replay(ids, now=timezone.now())
            LogEntry.objects.log_create(endpoint, action=LogEntry.Action.UPDATE, changes={"replay": ["", str(len(ids))]})
    page.message_user(request, ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", count) % {"n": count})
