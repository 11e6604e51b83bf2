"""Outlets of all partners, with import and export (outlet_files.py)."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import LargeTable, MenuItem, Section
from loyalty.lib.errors import DomainError
from partners.domain import search
from partners.domain.outlets import hours, schedules
from partners.models import Outlet


@admin.register(Outlet)
class OutletAdmin(LargeTable):
    """Points of sale of all partners."""

    menu = MenuItem(Section.CATALOGUE, _("Outlets"), "pin_drop", 20)
    list_display = ("name", "partner", "city", "address", "external_id", "is_active")
    list_filter = ("partner", "is_active")
    list_select_related = ("partner",)
    search_fields = ("external_id", "name", "address", "city")
    autocomplete_fields = ("partner",)
    fieldsets = (
        (None, {"fields": ("partner", "external_id", "name", "is_active")}),
        (_("Place"), {"fields": ("address", "city", "country", ("lat", "lng"), "timezone")}),
        (_("For visitors"), {"fields": ("phone", "hours")}),
    )
    change_list_template = "admin/import_export/change_list_import_export.html"

    def get_urls(self) -> list[Any]:
        pages = [
            path(f"{address}/", self.admin_site.admin_view(self._file_page(view)), name=f"partners_outlet_{address}")
            for address, view in (("import", "import_action"), ("process_import", "process_import"), ("export", "export_action"))
        ]
        return [*pages, *super().get_urls()]

    def _file_page(self, view: str) -> Callable[[HttpRequest], HttpResponse]:
        """A page of files by the name of its method."""

        def page(request: HttpRequest) -> HttpResponse:
            from partners.admin.outlet_files import OutletFiles

            # The list first: import-export's own permissions are laxer.
            class Pages(OutletAdmin, OutletFiles):
                pass

            return getattr(Pages(self.model, self.admin_site), view)(request)

        return page

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = {"has_import_permission": self.has_import_permission(request), "has_export_permission": self.has_export_permission(request)}
        # The names that the template of import-export asks for.
        return super().changelist_view(request, {**buttons, "ie_base_change_list_template": "admin/change_list.html", **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Outlet | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name, check in (("hours", hours.check), ("timezone", schedules.check_zone)):
            if name in form.base_fields:
                form.base_fields[name].clean = _cleaner(form.base_fields[name].clean, check)
        return form

    def save_model(self, request: HttpRequest, obj: Outlet, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        search.refresh(partner_ids={obj.partner_id, form.initial.get("partner") or obj.partner_id})

    def has_import_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partners.add_outlet") and request.user.has_perm("partners.change_outlet")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partners.view_outlet")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _cleaner(clean: Any, check: Any) -> Any:
    """A field's cleaning that ends with the domain's check."""

    def cleaned(value: Any) -> Any:
        try:
            return check(clean(value))
        except DomainError as error:
            raise ValidationError(error.message, code=error.code) from None

    return cleaned
