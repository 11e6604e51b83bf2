"""The programme: one row that is changed, never added or deleted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminColorInputWidget

from loyalty.admin.base import MenuItem, Section
from loyalty.domain import programme as programmes
from loyalty.models import Programme
from partners.enums import WHAT_SPENDS_NEED


@admin.register(Programme)
class ProgrammeAdmin(ModelAdmin):
    """Rules and look of the programme. Currency, time zone and point value are fixed once points have been posted."""

    menu = MenuItem(Section.PROGRAMME, _("Programme settings"), "tune", 10)
    warn_unsaved_form = True
    readonly_fields = ("updated_at",)

    def get_fieldsets(self, request: HttpRequest, obj: Programme | None = None) -> Any:
        locked = _("Points have been posted, so currency, time zone and point value can't be changed any more.")
        return (
            (None, {"fields": ("name", "currency", "timezone", "point_value"), "description": locked if programmes.is_locked() else ""}),
            (_("Earning"), {"fields": ("rounding", "pending_days", "lifetime_days", "expiry_mode", "expiring_window_days", "welcome_points")}),
            (_("Spending and returns"), {"fields": ("spendable_share", "spend_requires", *self._caps(), "return_shortfall")}),
            (_("Staff"), {"fields": ("support_daily_limit",)}),
            (_("Look"), {"fields": ("brand_base", "brand_accent", "brand_radius", "brand_notch", "brand_logo")}),
            (_("For members"), {"fields": ("support_email", "support_phone", "rules_version", "updated_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Programme | None = None) -> Any:
        return (*self.readonly_fields, *(programmes.LOCKED if programmes.is_locked() else ()))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("brand_base", "brand_accent"):
            kwargs["widget"] = UnfoldAdminColorInputWidget
        if db_field.name == "spend_requires":
            kwargs["help_text"] = WHAT_SPENDS_NEED
        if db_field.name == "spend_daily_cap":
            kwargs["help_text"] = _("For members who haven't chosen a limit of their own. 0: they spend nothing at tills.")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("admin:loyalty_programme_change", programmes.current().pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Programme | None = None) -> bool:
        return False

    @staticmethod
    def _caps() -> tuple[str, ...]:
        """Caps of spends and transfers, as many as the programme has."""
        return tuple(field.name for field in Programme._meta.fields if field.name.endswith("_daily_cap"))
