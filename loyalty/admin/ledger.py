"""The ledger, to read: entries, lots, allocations, debts, holds. It is written by its own door alone."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Card
from loyalty.admin.base import MenuItem, RecordAdmin, RecordInline, Section
from loyalty.models import Allocation, Debt, Entry, Hold, HoldPin, Lot


class _OfMember(RecordAdmin):
    """Rows of members: found by card number or the member's number."""

    search_fields = ("member__pk",)
    search_help_text = _("Card number, or the member's number")
    list_select_related: tuple[str, ...] = ("member",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        digits = search_term.replace(" ", "")
        if not digits:
            return queryset, False
        if not (digits.isascii() and digits.isdigit()):
            return queryset.none(), False
        if len(digits) == 16:
            return queryset.filter(member__in=Card.objects.filter(number=digits).values("member")), False
        return (queryset.filter(member_id=int(digits)) if len(digits) < 16 else queryset.none()), False


class LotInline(RecordInline):
    """What an entry credited."""

    model = Lot
    fields = ("source", "funder", "points", "remaining", "available_at", "expires_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("funder")


class AllocationInline(RecordInline):
    """What an entry took from which lot."""

    model = Allocation
    fields = ("lot", "points", "occurred_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("lot")


class HoldPinInline(RecordInline):
    """Which lots a hold sets aside."""

    model = HoldPin
    fields = ("lot", "points")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("lot")


@admin.register(Entry)
class EntryAdmin(_OfMember):
    """Operations of all members."""

    menu = MenuItem(Section.LEDGER, _("Entries"), "list_alt", 10)
    list_display = ("occurred_at", "member", "kind", "points", "partner", "reason", "actor")
    list_filter = ("kind",)
    list_select_related = ("member", "partner", "actor")
    inlines = (LotInline, AllocationInline)
    fields = ("member", "kind", "points", "forgiven", "occurred_at", "created_at", "partner", "order", "order_return", "reason", "actor", "key")


@admin.register(Lot)
class LotAdmin(_OfMember):
    """Lots of points."""

    menu = MenuItem(Section.LEDGER, _("Lots"), "toll", 20)
    list_display = ("number", "member", "source", "funder", "points", "remaining", "available_at", "expires_at")
    list_filter = ("source",)
    list_select_related = ("member", "funder")
    fields = ("member", "entry", "source", "funder", "points", "remaining", "occurred_at", "available_at", "expires_at")


@admin.register(Allocation)
class AllocationAdmin(RecordAdmin):
    """Which points were used for what."""

    menu = MenuItem(Section.LEDGER, _("Allocations"), "account_tree", 50)
    list_display = ("number", "entry", "lot", "points", "occurred_at")
    list_select_related = ("entry", "lot")
    fields = ("entry", "lot", "points", "occurred_at")


@admin.register(Debt)
class DebtAdmin(_OfMember):
    """What members owe after returns."""

    menu = MenuItem(Section.LEDGER, _("Debts"), "money_off", 40)
    list_display = ("number", "member", "points", "remaining", "occurred_at")
    fields = ("member", "entry", "points", "remaining", "occurred_at")


@admin.register(Hold)
class HoldAdmin(_OfMember):
    """Points set aside for tills."""

    menu = MenuItem(Section.LEDGER, _("Holds"), "lock_clock", 30)
    ordering = ("-occurred_at",)
    list_display = ("occurred_at", "member", "partner", "points", "state", "expires_at")
    list_filter = ("state",)
    list_select_related = ("member", "partner")
    inlines = (HoldPinInline,)
    fields = ("member", "partner", "points", "state", "occurred_at", "expires_at", "ended_at", "captured_points", "entry")
