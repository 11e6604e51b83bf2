"""Changes of listings that partners sent for review: compared side by side, published or sent back with a reason."""

from typing import Any

from auditlog.registry import auditlog
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.admin.base import MenuItem, NeverWritten, Section
from loyalty.lib.errors import DomainError
from partners.domain.desk import changes
from partners.models import ChangeKind, ChangeState, ListingChange
from partners.views import mail
from partners.views.differences import rows

auditlog.register(ListingChange)


class ReviewForm(forms.Form):
    """Why a change is sent back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Needed to reject. The partner reads it."),
    )


@admin.register(ListingChange)
class ListingChangeAdmin(NeverWritten, ModelAdmin):
    """What waits for review comes first, the longest waiting at the top. Drafts are the partner's own and aren't shown."""

    menu = MenuItem(Section.CATALOGUE, _("Changes of listings"), "rate_review", 60)
    list_display = ("what", "partner", "state_tag", "submitted_at", "submitted_by", "decided_at")
    list_display_links = ("what",)
    list_filter = ("state", "kind", "partner")
    list_select_related = ("partner", "outlet", "submitted_by")
    search_fields = ("partner__name",)
    sortable_by = ()
    actions = None

    def get_ordering(self, request: HttpRequest) -> Any:
        waiting = When(state=ChangeState.WAITING, then="submitted_at")
        return (Case(When(state=ChangeState.WAITING, then=Value(0)), default=Value(1)), Case(waiting, default=None), "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(state=ChangeState.DRAFT)

    @admin.display(description=_("what"))
    def what(self, change: ListingChange) -> str:
        """What the change is about, in words."""
        if change.kind == ChangeKind.LISTING:
            return capfirst(str(ChangeKind.LISTING.label))
        return str(change.outlet or change.proposed.get("name", ""))

    @display(description=_("state"), label={ChangeState.WAITING: "warning", ChangeState.APPROVED: "success", ChangeState.REJECTED: "danger"})
    def state_tag(self, change: ListingChange) -> tuple[str, Any]:
        """The state as a label."""
        return change.state, ChangeState(change.state).label

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The comparison. A POST with `action` publishes or rejects."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        change = self.get_queryset(request).select_related("partner", "outlet", "submitted_by").filter(pk=object_id).first() if object_id.isdigit() else None
        if change is None:
            raise Http404
        form = ReviewForm(request.POST or None)
        if request.method == "POST":
            if not _may_review(request):
                raise PermissionDenied
            if form.is_valid() and _decide(request, change, form):
                return redirect("admin:partners_listingchange_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Review"),
            "opts": self.model._meta,
            "original": change,
            "change": change,
            "what": self.what(change),
            "rows": rows(change),
            "form": form,
            "outdated": change.state == ChangeState.WAITING and changes.is_outdated(change),
            "may_review": change.state == ChangeState.WAITING and _may_review(request),
        }
        return TemplateResponse(request, "admin/partners/review.html", context)


def _may_review(request: HttpRequest) -> bool:
    return request.user.has_perm("partners.change_listingchange")


def _decide(request: HttpRequest, change: ListingChange, form: ReviewForm) -> bool:
    """Publish or reject; False, with the reason on the form, if that is refused. Whoever sent the change gets word."""
    by_id, now = request.user.pk, timezone.now()
    try:
        if request.POST.get("action") == "approve":
            decided = changes.approve(change, by_id=by_id, now=now)
            messages.success(request, gettext("The change is published."))
        else:
            decided = changes.reject(change, reason=form.cleaned_data["reason"], by_id=by_id, now=now)
            messages.success(request, gettext("The change was sent back with the reason."))
    except DomainError as error:
        form.add_error("reason" if error.code == "bad_reason" else None, gettext(error.message) % error.details)
        return False
    if decided.submitted_by is not None and decided.submitted_by.email:
        mail.send_decision(decided, to=decided.submitted_by.email, user=decided.submitted_by)
    return True
