"""Members: to read and to help. Contacts change by codes alone, points by adjustments, cards by blocking and replacing."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from accounts.admin.adjust import adjust_view
from accounts.admin.search import find_members
from accounts.models import Card, Consent, Member
from loyalty.admin.base import RecordAdmin, RecordInline
from loyalty.domain.ledger import Balance, member_balance
from loyalty.models import Entry
from loyalty.templatetags.cabinet import card_groups
from loyalty.web.page import programme_of
from partners.models import CustomerNumber

_LAST_ENTRIES = 20


class CardInline(RecordInline):
    """The member's cards, each with what can be done about it."""

    model = Card
    fields = ("grouped_number", "kind", "is_primary", "state", "created_at", "what_to_do")
    readonly_fields = ("grouped_number", "state", "what_to_do")
    ordering = ("-is_primary", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        self.may_change = request.user.has_perm("accounts.change_card")
        return super().get_queryset(request).select_related("replaced_by")

    @admin.display(description=_("number"))
    def grouped_number(self, card: Card) -> str:
        return card_groups(card.number)

    @admin.display(description=_("state"))
    def state(self, card: Card) -> str:
        return str(card.get_block_reason_display() or _("blocked")) if card.blocked_at else str(_("works"))

    @admin.display(description="")
    def what_to_do(self, card: Card) -> SafeString | str:
        if card.blocked_at or not self.may_change:
            return ""
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', reverse("admin:accounts_card_stop", args=[card.pk]), _("Block or replace")
        )


class ConsentInline(RecordInline):
    """What the member agreed to."""

    model = Consent
    fields = ("kind", "given", "version", "source", "at")
    ordering = ("-at",)


class CustomerNumberInline(RecordInline):
    """What partners call the member."""

    model = CustomerNumber
    fields = ("partner", "number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("partner")


@admin.register(Member)
class MemberAdmin(RecordAdmin):
    """Found by card number, phone, e-mail, customer number or name."""

    list_display = ("number", "full_name", "phone", "email", "card", "has_log_in", "joined_at")
    list_display_links = ("number", "full_name")
    search_fields = ("pk",)
    search_help_text = _("Card number, phone, e-mail, customer number or name")
    inlines = (CardInline, ConsentInline, CustomerNumberInline)
    actions_detail = ("adjust", "give_level")
    fieldsets = (
        (None, {"fields": ("first_name", "last_name", "phone", "email", "birthday", "joined_at", "user")}),
        (_("Points"), {"fields": ("points_now", "last_entries", "orders_link")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        primary = Prefetch("cards", Card.objects.filter(is_primary=True), to_attr="primary_cards")
        return super().get_queryset(request).prefetch_related(primary)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return find_members(queryset, search_term), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.zheton_programme = programme_of(request)
        return found

    @admin.display(description=_("full name"))
    def full_name(self, member: Member) -> str:
        return str(member)

    @admin.display(description=_("card"))
    def card(self, member: Member) -> str:
        cards = member.primary_cards  # type: ignore[attr-defined]
        return card_groups(cards[0].number) if cards else ""

    @admin.display(description=_("log-in"), boolean=True)
    def has_log_in(self, member: Member) -> bool:
        return member.user_id is not None

    @admin.display(description=_("birthday"))
    def birthday(self, member: Member) -> str:
        if not (member.birth_day and member.birth_month):
            return ""
        return f"{member.birth_day:02}.{member.birth_month:02}" + (f".{member.birth_year}" if member.birth_year else "")

    @admin.display(description=_("balance"))
    def points_now(self, member: Member) -> SafeString:
        programme = member.zheton_programme  # type: ignore[attr-defined]
        balance: Balance = member_balance(member.pk, programme=programme, at=timezone.now())
        return render_to_string("admin/accounts/_balance.html", {"balance": balance, "programme": programme})

    @admin.display(description=_("last entries"))
    def last_entries(self, member: Member) -> SafeString:
        entries = Entry.objects.filter(member=member).select_related("partner", "actor").order_by("-occurred_at", "-pk")[:_LAST_ENTRIES]
        return render_to_string("admin/accounts/_entries.html", {"entries": entries, "member": member})

    @admin.display(description=_("purchases"))
    def orders_link(self, member: Member) -> SafeString:
        orders = member.orders.count()
        address = f"{reverse('admin:loyalty_order_changelist')}?member__id__exact={member.pk}"
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, orders)

    @action(description=_("Adjust points"), url_path="adjust", icon="exposure", permissions=["adjust"])
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return adjust_view(request, object_id, model_admin=self)

    @action(description=_("Level"), url_path="level", icon="military_tech", permissions=["give_level"])
    def give_level(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:loyalty_levelhistory_give", member_id=int(object_id))

    def has_give_level_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("loyalty.add_leveloverride")

    def has_adjust_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        # A method, because the check of a named permission would ask a database that has no tables yet.
        return request.user.has_perm("loyalty.adjust_points")
