"""Orders and returns as partners reported them: to read, with the explanation of their points in words."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import RecordAdmin, RecordInline
from loyalty.enums import LotSource, Rounding
from loyalty.lib.clock import business_day
from loyalty.models import Order, OrderLine, Programme, Return, ReturnLine
from loyalty.web.page import programme_of
from partners.models import Partner


class OrderLineInline(RecordInline):
    """Lines of an order."""

    model = OrderLine
    fields = ("name", "sku", "category", "quantity", "amount", "paid", "excluded")
    ordering = ("position",)


class ReturnInline(RecordInline):
    """Returns of an order."""

    model = Return
    fields = ("external_id", "occurred_at", "total", "points_due", "points_expired", "points_restored")
    show_title = True
    show_change_link = True


class ReturnLineInline(RecordInline):
    """Lines of a return."""

    model = ReturnLine
    fields = ("name", "sku", "category", "quantity", "amount")
    ordering = ("position",)


class _Document(RecordAdmin):
    """What orders and returns have in common."""

    list_select_related = ("member", "partner")
    raw_id_fields = ("member",)
    search_help_text = _("The partner's number of the document, exactly")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(external_id=term) if term else queryset), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.zheton_programme = programme_of(request)
        return found


@admin.register(Order)
class OrderAdmin(_Document):
    """Purchases."""

    list_display = ("external_id", "partner", "member", "occurred_at", "total", "points_redeemed", "points_earned")
    list_filter = ("partner",)
    search_fields = ("external_id",)
    inlines = (OrderLineInline, ReturnInline)
    fieldsets = (
        (None, {"fields": ("partner", "external_id", "member", "outlet", "occurred_at", "created_at")}),
        (_("Money"), {"fields": ("total", "discount", "paid_with_points", "eligible")}),
        (_("Points"), {"fields": ("points_redeemed", "points_earned", "in_words")}),
    )

    @admin.display(description=_("why so many"))
    def in_words(self, order: Order) -> SafeString:
        return explain(order.explanation, order.zheton_programme)  # type: ignore[attr-defined]


@admin.register(Return)
class ReturnAdmin(_Document):
    """Returns."""

    list_display = ("external_id", "partner", "member", "occurred_at", "total", "points_due", "points_restored")
    list_filter = ("partner",)
    search_fields = ("external_id",)
    inlines = (ReturnLineInline,)
    fieldsets = (
        (None, {"fields": ("partner", "external_id", "order", "member", "occurred_at", "created_at")}),
        (_("Money"), {"fields": ("total", "paid_with_points")}),
        (_("Points"), {"fields": ("points_due", "points_expired", "points_restored", "in_words")}),
    )

    @admin.display(description=_("why so many"))
    def in_words(self, made: Return) -> SafeString:
        if made.order_id is None:
            return explain(made.explanation, made.zheton_programme)  # type: ignore[attr-defined]
        return render_to_string("admin/loyalty/_return.html", {"why": made.explanation})


def explain(explanation: dict[str, Any], programme: Programme) -> SafeString:
    """An accrual's explanation as sentences for staff."""
    parts = explanation.get("parts", [])
    funders = Partner.objects.in_bulk({part["funder"] for part in parts if part.get("funder")})
    rates = [
        {
            **part,
            "label": part.get("name") or LotSource(part["source"]).label,
            "payer": funders[part["funder"]].name if part.get("funder") in funders else "",
        }
        for part in parts
    ]
    days = {name: _day(explanation.get(name), programme) for name in ("available_at", "expires_at")}
    rounding = Rounding(explanation["rounding"]).label if explanation.get("rounding") else ""
    return render_to_string("admin/loyalty/_explanation.html", {"why": explanation, "rates": rates, "days": days, "rounding": rounding, "programme": programme})


def _day(text: str | None, programme: Programme) -> Any:
    return business_day(datetime.fromisoformat(text), programme.zone) if text else None
