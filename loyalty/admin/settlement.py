"""Statements of all partners, for finance: a month at a time, with its files; closing a month."""

from datetime import date
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from loyalty.admin.base import RecordAdmin
from loyalty.domain import settlement
from loyalty.domain.settlement import EVERYBODY
from loyalty.lib.errors import DomainError
from loyalty.models import SettlementMonth
from loyalty.web import tables
from loyalty.web.page import programme_of
from partners.models import Partner
from partners.views.desk.settlement import documents, month_asked

auditlog.register(SettlementMonth)
OPERATOR = "operator"


@admin.register(SettlementMonth)
class SettlementMonthAdmin(RecordAdmin):
    """The list is the page of a month's statements; a row is a month that was closed."""

    fields = ("month", "closed_at", "closed_by", "cuts")

    def get_urls(self) -> list[Any]:
        return [path("export/<str:slug>/<str:kind>/", self.admin_site.admin_view(self.export_view), name="loyalty_settlementmonth_export"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All partners of a month, or one with its lines. A POST closes the month."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        programme, now = programme_of(request), timezone.now()
        months = settlement.months(EVERYBODY, programme=programme, now=now)
        if request.method == "POST" and "close" in request.POST:
            return self._close(request, month_asked(request.POST.get("month", ""), months))
        month = month_asked(request.GET.get("month", ""), months)
        slug = request.GET.get("partner", "")
        partner = get_object_or_404(Partner, slug=slug) if slug and slug != OPERATOR else None
        closed = settlement.closed_months()
        following = settlement.next_month(closed[-1].month) if closed else month
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Settlement"),
            "opts": self.model._meta,
            "months": months,
            "month": month,
            "is_closed": any(row.month == month for row in closed),
            "may_close": request.user.has_perm("loyalty.close_settlementmonth") and month == following and month < settlement.month_of(now, programme),
            "slug": slug,
            "programme": programme,
            "kinds": tables.Kind.choices,
            "one": settlement.settle(partner, month, programme=programme) if slug else None,
            "all": [] if slug else settlement.settle_all(month, programme=programme),
        }
        return TemplateResponse(request, "admin/loyalty/settlement.html", context)

    def export_view(self, request: HttpRequest, slug: str, kind: str) -> HttpResponse:
        """A partner's documents of a month as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in tables.Kind.values:
            raise Http404
        partner, programme = get_object_or_404(Partner, slug=slug), programme_of(request)
        month = month_asked(request.GET.get("month", ""), settlement.months(EVERYBODY, programme=programme, now=timezone.now()))
        return documents(kind, settlement.settle(partner, month, programme=programme), partner=partner, programme=programme)

    def _close(self, request: HttpRequest, month: date) -> HttpResponse:
        if not request.user.has_perm("loyalty.close_settlementmonth"):
            raise PermissionDenied
        try:
            row = settlement.close_month(month, programme=programme_of(request), now=timezone.now(), by_id=request.user.pk)
        except DomainError as error:
            messages.error(request, gettext(error.message))
        else:
            LogEntry.objects.log_create(row, action=LogEntry.Action.UPDATE, changes={"statements": ["", str(row.statements.count())]})
            messages.success(request, gettext("The month is closed. Its statements don't change any more."))
        return redirect(f"{reverse('admin:loyalty_settlementmonth_changelist')}?month={month:%Y-%m}")
