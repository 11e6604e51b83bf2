"""Events, to read."""

from django.contrib import admin

from loyalty.admin.base import RecordAdmin
from loyalty.models import Event


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Committed facts that consumers react to."""

    list_display = ("number", "kind", "member", "occurred_at", "created_at")
    list_filter = ("kind",)
    list_select_related = ("member",)
    fields = ("kind", "member", "occurred_at", "created_at", "payload")
