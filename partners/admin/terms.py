"""Dated terms: given, never edited. Exclusions belong to the terms with which they were given."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from loyalty.admin.base import MenuItem, NeverWritten, RecordAdmin, Section
from partners.domain import terms as partner_terms
from partners.models import Partner, Terms, TermsExclusion

FIELDS = ("valid_from", "base_pct", "spendable_pct", "pending_days", "lifetime_days", "funding", "fee_pct")


class ExclusionInline(TabularInline):
    """What earns nothing: written together with new terms, read-only afterwards."""

    model = TermsExclusion
    extra = 0
    fields = ("field", "value", "reason")

    def has_add_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return obj is None and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return obj is None and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return False


@admin.register(Terms)
class TermsAdmin(RecordAdmin):
    """Terms of all partners. New ones begin as a copy of those that hold."""

    menu = MenuItem(Section.CATALOGUE, _("Terms"), "contract", 30)
    list_display = ("partner", "valid_from", "base_pct", "spendable_pct", "pending_days", "lifetime_days", "funding")
    list_filter = ("partner",)
    list_select_related = ("partner",)
    inlines = (ExclusionInline,)
    fields = ("partner", *FIELDS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("partners.add_terms")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        held = _held(request)
        initial: dict[str, Any] = {"valid_from": timezone.now(), **super().get_changeform_initial_data(request)}
        return initial if held is None else {**{name: getattr(held, name) for name in FIELDS[1:]}, **initial}

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        held = _held(request) if request.method == "GET" and (obj is None or obj.pk is None) else None
        if held is not None:
            kwargs["initial"] = [{"field": one.field, "value": one.value, "reason": one.reason} for one in held.exclusions.all()]
        return kwargs

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        held = _held(request) if request.method == "GET" and obj is None else None
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            if held is not None:
                formset.extra = len(held.exclusions.all())
            yield formset, inline


class TermsInline(NeverWritten, TabularInline):
    """A partner's terms: the rows there are can only be read, new ones added."""

    model = Terms
    verbose_name = _("row of terms")
    extra = 0
    fields = (*FIELDS, "exclusion_names")
    readonly_fields = ("exclusion_names",)
    ordering = ("-valid_from",)
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("partners.add_terms")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("exclusions")

    @admin.display(description=_("exclusions"))
    def exclusion_names(self, terms: Terms) -> str:
        return ", ".join(one.value for one in terms.exclusions.all()) if terms.pk else ""


def carry_exclusions(request: HttpRequest, partner: Partner, given: list[Terms]) -> None:
    """Terms added on the partner's page keep the exclusions of the terms before them."""
    for terms in sorted(given, key=lambda row: row.valid_from):
        before = [row for row in partner_terms.timeline(partner.pk) if row.pk != terms.pk and row.valid_from < terms.valid_from]
        if not before or not (kept := list(before[-1].exclusions.all())):
            continue
        for one in kept:
            TermsExclusion.objects.create(terms=terms, field=one.field, value=one.value, reason=one.reason)
        messages.info(request, gettext("The new terms keep the exclusions: %(names)s.") % {"names": ", ".join(one.value for one in kept)})


def _held(request: HttpRequest) -> Terms | None:
    """The terms that hold now for the partner that the address names."""
    partner = request.GET.get("partner", "")
    return partner_terms.at(partner_terms.timeline(int(partner)), timezone.now()) if partner.isdigit() else None
