"""What members reported of outlets: closed doors and refused cards."""

from typing import Any

from auditlog.registry import auditlog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from loyalty.admin.base import MenuItem, NeverWritten, Section
from partners.domain.outlets import reports
from partners.models import OutletReport

auditlog.register(OutletReport, mask_fields=["comment"])


@admin.register(OutletReport)
class OutletReportAdmin(NeverWritten, ModelAdmin):
    """Open reports come first. Settling one lets the member report the same again."""

    menu = MenuItem(Section.CATALOGUE, _("Reports of outlets"), "report", 70)
    list_display = ("outlet", "partner", "kind", "comment", "created_at", "settled_at")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), "kind", "outlet__partner")
    list_select_related = ("outlet__partner",)
    search_fields = ("outlet__name", "outlet__address", "outlet__partner__name")
    ordering = ("settled_at", "-pk")
    sortable_by = ()
    actions = ("settle",)

    @admin.display(description=_("partner"))
    def partner(self, row: OutletReport) -> str:
        """Whose outlet it is."""
        return row.outlet.partner.name

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Who may change reports."""
        user: Any = request.user
        return bool(user.has_perm("partners.change_outletreport"))

    @admin.action(description=_("Settle the chosen reports"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[OutletReport]) -> None:
        """Somebody has looked into them."""
        count = reports.settle(list(chosen.values_list("pk", flat=True)), now=timezone.now())
        self.message_user(request, ngettext("%(count)s report is settled.", "%(count)s reports are settled.", count) % {"count": count}, messages.SUCCESS)
