"""Sections of the catalogue."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from partners.models import Category


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    """Few rows, in the order of the catalogue."""

    list_display = ("name", "name_en", "slug", "icon", "position")
    prepopulated_fields = {"slug": ("name_en",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
