"""Events that a consumer gave up on: why, and trying them again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from auditlog.models import LogEntry
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import MenuItem, RecordAdmin, Section
from loyalty.domain import events
from loyalty.enums import DeadLetterState
from loyalty.lib.errors import DomainError
from loyalty.models import DeadLetter


class _Settle(Protocol):
    def __call__(self, dead_letter_id: int, *, now: datetime) -> None: ...


@admin.register(DeadLetter)
class DeadLetterAdmin(RecordAdmin):
    """Nobody edits these; two actions settle them, through the domain."""

    menu = MenuItem(Section.CONNECTIONS, _("Dead letters"), "report", 40)
    list_display = ("pk", "consumer", "event_link", "reason", "attempts", "created_at", "state")
    list_filter = ("state", "consumer")
    fields = ("consumer", "event_link", "reason", "attempts", "created_at", "state", "settled_at")
    readonly_fields = fields
    actions: Any = ("retry", "dismiss")

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Who may have events tried again or set aside."""
        user: Any = request.user
        return bool(user.has_perm("loyalty.change_deadletter"))

    @admin.display(description=_("event"))
    def event_link(self, letter: DeadLetter) -> SafeString:
        address = reverse("admin:loyalty_event_change", args=[letter.event_id])
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, letter.event_id)

    @admin.action(description=_("Try again"), permissions=["settle"])
    def retry(self, request: HttpRequest, chosen: QuerySet[DeadLetter]) -> None:
        self._settle(
            request, chosen, events.retry, DeadLetterState.RETRIED, lambda n: ngettext("%(n)d event is tried again.", "%(n)d events are tried again.", n)
        )

    @admin.action(description=_("Set aside for good"), permissions=["settle"])
    def dismiss(self, request: HttpRequest, chosen: QuerySet[DeadLetter]) -> None:
        self._settle(
            request, chosen, events.dismiss, DeadLetterState.DISMISSED, lambda n: ngettext("%(n)d event is set aside.", "%(n)d events are set aside.", n)
        )

    def _settle(self, request: HttpRequest, chosen: QuerySet[DeadLetter], settle: _Settle, state: DeadLetterState, said: Callable[[int], str]) -> None:
        done = 0
        for letter in chosen.order_by("pk"):
            try:
                with transaction.atomic():
                    settle(letter.pk, now=timezone.now())
                    LogEntry.objects.log_create(letter, action=LogEntry.Action.UPDATE, changes={"state": [letter.state, str(state)]})
            except DomainError as error:
                self.message_user(request, f"{letter.pk}: {gettext(error.message)}", messages.WARNING)
            else:
                done += 1
        if done:
            self.message_user(request, said(done) % {"n": done}, messages.SUCCESS)
