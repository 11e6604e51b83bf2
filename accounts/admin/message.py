"""Messages that were written, what became of them, and trying the failed ones again; providers and their breakers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.domain.notifications import sending
from accounts.models import Message, ProviderState
from loyalty.admin.base import MenuItem, RecordAdmin, Section


@admin.register(Message)
class MessageAdmin(RecordAdmin):
    """Nobody edits these. Failed ones (the dead letters) can be sent once more."""

    menu = MenuItem(Section.MESSAGES, _("Messages sent"), "mail", 30)
    list_display = ("number", "member", "scenario", "category", "channel", "state", "reason", "attempts", "created_at", "sent_at")
    list_filter = ("state", "channel", "category", "reason", "scenario")
    list_select_related = ("member",)
    search_fields = ("member__pk",)
    search_help_text = _("Number of the member")
    fields = (
        "member",
        "scenario",
        "category",
        "channel",
        "language",
        "title",
        "body",
        "state",
        "reason",
        "error",
        "attempts",
        "provider",
        "provider_id",
        "segments",
        "cost",
        "event_key",
        "text_version",
        "broadcast",
        "created_at",
        "planned_at",
        "due_at",
        "sent_at",
        "delivered_at",
        "read_at",
        "clicked_at",
    )
    actions: Any = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Who may have failed messages sent once more."""
        user: Any = request.user
        return bool(user.has_perm("accounts.change_message"))

    @admin.action(description=_("Send what failed once more"), permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        count = sending.retry(list(chosen.values_list("pk", flat=True)), now=timezone.now())
        said = ngettext("%(n)d message is sent once more.", "%(n)d messages are sent once more.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS if count else messages.WARNING)


@admin.register(ProviderState)
class ProviderStateAdmin(RecordAdmin):
    """Whether a provider rests after failures."""

    menu = MenuItem(Section.MESSAGES, _("Providers of messages"), "cell_tower", 50)
    list_display = ("name", "failures", "open_until", "error")
    ordering = ("name",)
