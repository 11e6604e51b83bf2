"""Cards: to find, to block and to replace."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from accounts.models import Card
from accounts.models.card import CardBlockReason
from loyalty.admin.base import RecordAdmin
from loyalty.domain import till
from loyalty.lib.errors import DomainError
from loyalty.templatetags.cabinet import card_groups


class StopForm(forms.Form):
    """Why a card stops, and whether the member gets another."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(reason.value, reason.label) for reason in CardBlockReason if reason != CardBlockReason.REPLACED],
        widget=UnfoldAdminRadioSelectWidget,
    )
    outcome = forms.ChoiceField(
        label=_("And then"),
        choices=[("replace", _("issue a new card in its place")), ("block", _("only block"))],
        initial="replace",
        widget=UnfoldAdminRadioSelectWidget,
    )


@admin.register(Card)
class CardAdmin(RecordAdmin):
    """Cards of all members, found by their whole number."""

    list_display = ("grouped_number", "member", "kind", "is_primary", "blocked_at", "block_reason", "created_at")
    list_filter = ("kind", "is_primary")
    list_select_related = ("member",)
    search_fields = ("number",)
    search_help_text = _("The whole card number")
    fields = ("grouped_number", "member", "kind", "is_primary", "blocked_at", "block_reason", "replaced_by", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        number = search_term.replace(" ", "")
        return (queryset.filter(number=number) if number else queryset), False

    @admin.display(description=_("number"))
    def grouped_number(self, card: Card) -> str:
        return card_groups(card.number)

    def get_urls(self) -> list[Any]:
        return [path("<int:pk>/stop/", self.admin_site.admin_view(self.stop), name="accounts_card_stop"), *super().get_urls()]

    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Block a card, with or without another in its place."""
        if not request.user.has_perm("accounts.change_card"):
            raise PermissionDenied
        card = Card.objects.select_related("member").filter(pk=pk).first()
        if card is None:
            raise Http404
        form = StopForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._stop(request, card, CardBlockReason(form.cleaned_data["reason"]), replace=form.cleaned_data["outcome"] == "replace")
        context = {**self.admin_site.each_context(request), "title": gettext("Block or replace a card"), "opts": Card._meta, "card": card, "form": form}
        return TemplateResponse(request, "admin/accounts/stop_card.html", context)

    @staticmethod
    def _stop(request: HttpRequest, card: Card, reason: CardBlockReason, *, replace: bool) -> HttpResponse:
        now = timezone.now()
        try:
            if replace:
                fresh = till.replace_card(card=card, reason=reason, now=now)
                messages.success(request, gettext("The card is blocked. The new one: %(number)s.") % {"number": card_groups(fresh.number)})
            else:
                till.block_card(card=card, reason=reason, now=now)
                messages.success(request, gettext("The card is blocked."))
        except DomainError:
            messages.warning(request, gettext("The card was blocked already."))
        return redirect("admin:accounts_member_change", card.member_id)
