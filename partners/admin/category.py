"""Sections of the catalogue."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import MenuItem, Section, TranslatedAdmin
from loyalty.lib import translation
from partners.domain import search
from partners.models import Category


@admin.register(Category)
class CategoryAdmin(TranslatedAdmin):
    """Few rows, in the order of the catalogue."""

    menu = MenuItem(Section.CATALOGUE, _("Categories"), "category", 50)
    list_display = (*translation.columns("name"), "slug", "icon", "position")
    prepopulated_fields = {"slug": ("name_en",)}

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        search.refresh(partner_ids=list(obj.partners.values_list("pk", flat=True)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
