"""Changes of listings that partners sent for review."""

from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from partners.models import ListingChange

auditlog.register(ListingChange)


@admin.register(ListingChange)
class ListingChangeAdmin(ModelAdmin):
    """What waits for review, the longest waiting first."""

    list_display = ("partner", "kind", "state", "submitted_at")
    list_filter = ("state", "kind", "partner")
    list_select_related = ("partner",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
