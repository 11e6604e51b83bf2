"""Members' progress, to read: what counted, what was taken back, what was given."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import MenuItem, RecordAdmin, RecordInline, Section
from quests.models import Completion, Contribution, Progress


class ContributionInline(RecordInline):
    """Purchases, returns and deeds that a progress is made of."""

    model = Contribution
    fields = ("occurred_at", "value", "key", "order", "order_return", "deed")
    ordering = ("-occurred_at", "-pk")
    show_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("order", "order_return", "deed")


class CompletionInline(RecordInline):
    """Rounds completed, with what they brought."""

    model = Completion
    fields = ("number", "completed_at", "undone_at", "rewarded", "tokens", "points")
    ordering = ("number",)
    show_title = True


@admin.register(Progress)
class ProgressAdmin(RecordAdmin):
    """Progress of all members."""

    menu = MenuItem(Section.QUESTS_AND_LEVELS, _("Progress"), "trending_up", 30)
    list_display = ("number", "quest", "member", "value", "rounds", "window_start", "window_end", "completed_at")
    list_filter = ("quest",)
    list_select_related = ("quest", "member")
    raw_id_fields = ("member",)
    inlines = (CompletionInline, ContributionInline)
    fields = ("quest", "member", "value", "rounds", "window_start", "window_end", "taken_at", "first_completed_at", "completed_at", "updated_at")
