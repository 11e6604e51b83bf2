"""Partners with their terms."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from loyalty.admin.programme import WHAT_SPENDS_NEED
from loyalty.web.page import programme_of
from partners.admin.terms import TermsInline, carry_exclusions
from partners.domain import search
from partners.enums import SpendRequires
from partners.models import Partner, Terms


@admin.register(Partner)
class PartnerAdmin(ModelAdmin):
    """Companies of the coalition."""

    list_display = ("name", "slug", "category", "outlet_count", "is_active")
    list_filter = ("category", "is_active")
    list_select_related = ("category",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("outlet_link", "created_at")
    fields = ("name", "slug", "category", "description", "is_active", "spend_requires", "outlet_link", "created_at")
    inlines = (TermsInline,)
    actions_detail = ("new_terms",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(outlet_total=Count("outlets"))

    @admin.display(description=_("outlets"), ordering="outlet_total")
    def outlet_count(self, partner: Partner) -> int:
        return int(partner.outlet_total)  # type: ignore[attr-defined]

    @admin.display(description=_("outlets"))
    def outlet_link(self, partner: Partner) -> SafeString | str:
        if partner._state.adding:
            return ""
        address = f"{reverse('admin:partners_outlet_changelist')}?partner__id__exact={partner.pk}"
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, self.outlet_count(partner))

    @action(description=_("New terms"), url_path="new-terms", icon="contract", permissions=["new_terms"])
    def new_terms(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"{reverse('admin:partners_terms_add')}?partner={int(object_id)}")

    def has_new_terms_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("partners.add_terms")

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        # The slug is part of addresses, imports and keys; what protects members' points is the programme's business.
        fixed = ("slug",) if obj is not None else ()
        rules = () if request.user.has_perm("loyalty.change_programme") else ("spend_requires",)
        return (*self.readonly_fields, *fixed, *rules)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "spend_requires":
            rule = SpendRequires(programme_of(request).spend_requires).label
            kwargs["choices"] = [("", gettext("as the programme says: %(rule)s") % {"rule": rule}), *SpendRequires.choices]
            kwargs["help_text"] = WHAT_SPENDS_NEED
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        return {} if obj is not None else self.prepopulated_fields

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        search.refresh(partner_ids=[form.instance.pk])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Terms:
            carry_exclusions(request, form.instance, formset.new_objects)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
