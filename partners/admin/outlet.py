"""Outlets of all partners, with import (what would change is shown first) and export."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from import_export import fields, resources, widgets
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from loyalty.admin.base import LargeTable, MenuItem, Section
from loyalty.lib.errors import DomainError
from loyalty.lib.rows import id_set, text_set
from partners.domain import search
from partners.domain.outlets import hours, schedules
from partners.domain.outlets import row as outlet_row
from partners.domain.outlets.row import FIELDS, REQUIRED
from partners.models import Outlet, Partner


class PartnerBySlug(widgets.ForeignKeyWidget):
    """A partner by its slug, out of those that the file names."""

    def __init__(self) -> None:
        super().__init__(Partner, "slug")
        self.partners: dict[str, Partner] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Partner:
        return self.partners[value]


class OutletResource(resources.ModelResource):
    """The columns of `import_outlets` after the partner's slug; rows are checked by the same rules."""

    partner = fields.Field(column_name="partner", attribute="partner", widget=PartnerBySlug())

    class Meta:
        model = Outlet
        fields = ("partner", *FIELDS)
        export_order = fields
        import_id_fields = ("partner", "external_id")
        skip_unchanged = True
        report_skipped = True

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a file with columns that mean nothing, or without one that is needed."""
        columns = ("partner", *FIELDS)
        strange = [name for name in dataset.headers or [] if name not in columns]
        missing = [name for name in ("partner", *REQUIRED) if name not in (dataset.headers or [])]
        if strange or missing:
            told = [f"there is no column {', '.join(strange)}"] if strange else []
            told += [f"the column {', '.join(missing)} is missing"] if missing else []
            raise ValidationError(f"{'; '.join(told)}. Columns are: {', '.join(columns)}.")
        slugs = {str(slug or "").strip() for slug in dataset["partner"]}
        self._partners = {one.slug: one for one in Partner.objects.filter(slug__in=text_set(slugs))}
        self.fields["partner"].widget.partners = self._partners
        known = Outlet.objects.filter(partner__in=id_set(one.pk for one in self._partners.values())).select_related("partner")
        self._known = {(one.partner.slug, one.external_id): one for one in known}
        self._seen: dict[tuple[str, str], int] = {}
        self._touched: set[int] = set()

    def before_import_row(self, row: Any, row_number: int = 0, **kwargs: Any) -> None:
        """Check a row, and put its values as they are stored."""
        slug = str(row["partner"] or "").strip()
        if slug not in self._partners:
            raise ValidationError({"partner": f"there is no partner “{slug}”"})
        try:
            values, _warning = outlet_row.read({name: str(row.get(name) or "") for name in FIELDS})
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if first := self._seen.get((slug, values.external_id)):
            raise ValidationError({"external_id": f"row {first} has it already"})
        self._seen[slug, values.external_id] = row_number
        row.update(values.values, partner=slug)

    def get_instance(self, instance_loader: Any, row: Any) -> Outlet | None:
        """The outlet that a row is about: all of the partners' are read at once."""
        return self._known.get((row["partner"], row["external_id"]))

    def after_save_instance(self, instance: Outlet, row: Any, **kwargs: Any) -> None:
        """Remember whose outlets changed."""
        self._touched.add(instance.partner_id)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Bring the search up to date, once."""
        if not kwargs.get("dry_run"):
            search.refresh(partner_ids=self._touched)


@admin.register(Outlet)
class OutletAdmin(ImportExportModelAdmin, LargeTable):
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
    resource_classes = (OutletResource,)
    formats = (CSV,)
    import_form_class, export_form_class = ImportForm, ExportForm
    # Several web processes: the one that imports may not be the one that showed the preview.
    tmp_storage_class = CacheStorage

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
