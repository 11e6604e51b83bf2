"""Outlets as files in admin: an import shows first what would change.

Apart from the list, because django-import-export brings the libraries of all its formats along: loaded when somebody asks for a file.
"""

import io
from typing import Any

from defusedcsv import csv
from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV
from import_export.tmp_storages import CacheStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from loyalty.lib.rows import id_set, text_set
from loyalty.lib.tables import as_typed, safe
from partners.domain import search
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
        # Numbers stay numbers: a coordinate below zero is no formula.
        widgets = {name: {"coerce_to_string": False} for name in ("lat", "lng")}
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
            values, _warning = outlet_row.read({name: as_typed(str(row.get(name) or "")) for name in FIELDS})
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


class PlainCsv(CSV):
    """CSV that no spreadsheet takes for formulas."""

    def export_data(self, dataset: Any, **kwargs: Any) -> str:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([[safe(cell) for cell in row] for row in (dataset.headers, *dataset)])
        return text.getvalue()


class OutletFiles(ImportExportMixin):
    """The pages that read and write files; what they show and to whom is the list's business."""

    resource_classes = (OutletResource,)
    formats = (PlainCsv,)
    import_form_class, export_form_class = ImportForm, ExportForm
    # Several web processes: the one that imports may not be the one that showed the preview.
    tmp_storage_class = CacheStorage
