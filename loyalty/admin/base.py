"""What the admin pages of all apps share: records that nobody edits, and tables too large to count."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, TextChoices
from django.http import HttpRequest
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from unfold.admin import ModelAdmin, TabularInline

from loyalty.lib import translation
from loyalty.lib.rows import Query


class Section(TextChoices):
    """The parts of the side bar, in their order."""

    MEMBERS = "members", _("Members")
    CATALOGUE = "catalogue", _("Catalogue")
    QUESTS_AND_LEVELS = "quests_and_levels", _("Quests and levels")
    LEDGER = "ledger", _("Ledger")
    MESSAGES = "messages", _("Messages")
    CONNECTIONS = "connections", _("Connections")
    PROGRAMME = "programme", _("Programme")


@dataclass(frozen=True)
class MenuItem:
    """Where a page stands in the side bar: `menu` of its ModelAdmin. `position` orders a section; icons are Material Symbols."""

    section: Section
    title: str | Promise
    icon: str
    position: int


class NeverWritten:
    """Nobody adds, changes or deletes these by hand: not even superusers. Seeing them takes the permission to view."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class _Kept(NamedTuple):
    rows: int


# What a server knows of a table's size.
_ESTIMATE = Query("SELECT reltuples::bigint FROM pg_class WHERE oid = %(table)s::regclass", _Kept, prepared=False, server_only=True)


class EstimatingPaginator(Paginator):
    """Counts what is cheap to count: the whole table by its statistics, a filtered one up to a bound."""

    BOUND = 10_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        if rows.query.where:
            # A page number beyond the bound is no way to find anything: filters are.
            return len(rows.order_by().values_list("pk", flat=True)[: self.BOUND])
        for kept in _ESTIMATE.ask(table=rows.model._meta.db_table).rows():
            if kept.rows >= self.BOUND:
                return kept.rows
        return rows.order_by().count()


class TranslatedAdmin(ModelAdmin, TranslationAdmin):
    """Texts that are kept in each of the programme's languages: a tab of them for each language, below the other fields."""

    def whole_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The page as one piece, texts in all languages where they stand. A page that depends on the request says it here, by plain names."""
        return super().get_fieldsets(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        declared = self._patch_fieldsets(self.whole_fieldsets(request, obj))
        whole: list[Any] = [(name, {**options, "fields": list(options.get("fields", ()))}) for name, options in declared]
        texts = [translation.columns(name) for name in translation.names(self.model)]
        shown = set(flatten_fieldsets(whole))
        tabs: list[Any] = [
            (translation.own_name(language), {"classes": ["tab"], "fields": [field for field in fields if field in shown]})
            for language, fields in zip(translation.LANGUAGES, zip(*texts, strict=True), strict=True)
        ]
        in_tabs = set(flatten_fieldsets(tabs))
        for _name, options in whole:
            options["fields"] = [field for field in options["fields"] if field not in in_tabs]
        return [*whole, *tabs]


class LargeTable(ModelAdmin):
    """A list that costs the same with ten rows and ten million: newest first by primary key, no total, no free sorting."""

    ordering = ("-pk",)
    sortable_by = ()
    show_full_result_count = False
    paginator = EstimatingPaginator
    list_per_page = 50
    list_filter_sheet = True
    actions = None

    @admin.display(description="№")
    def number(self, row: Model) -> str:
        """The primary key, as people call it."""
        return str(row.pk)


class RecordAdmin(NeverWritten, LargeTable):
    """A large table of facts."""


class RecordInline(NeverWritten, TabularInline):
    """Facts below the record that they belong to."""

    extra = 0
    show_title = False
    show_change_link = False
    can_delete = False
