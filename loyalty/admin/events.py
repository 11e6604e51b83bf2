"""Events, to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import MenuItem, RecordAdmin, Section
from loyalty.models import Event


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Committed facts that consumers react to."""

    menu = MenuItem(Section.LEDGER, _("Events"), "bolt", 60)
    list_display = ("number", "kind", "member", "occurred_at", "created_at")
    list_filter = ("kind",)
    list_select_related = ("member",)
    fields = ("kind", "member", "occurred_at", "created_at", "payload")
