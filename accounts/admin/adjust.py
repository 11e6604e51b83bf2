"""Adjusting a member's points: a form, a page to confirm, one posting however often it is sent."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import Member
from loyalty.admin.audit import record_adjustment
from loyalty.domain.ledger import adjust, member_balance, used_today
from loyalty.domain.programme import ADMINISTRATOR, has_role
from loyalty.lib.errors import DomainError
from loyalty.models import Programme
from loyalty.templatetags.cabinet import points as in_points
from loyalty.web.page import programme_of

_MOST = 1_000_000


class AdjustmentForm(forms.Form):
    """Points with a sign, and why."""

    points = forms.IntegerField(
        label=_("Points"),
        min_value=-_MOST,
        max_value=_MOST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("With a minus to take them away: 100 or −50 (type -50)."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget, help_text=_("The member sees it in the history, colleagues in the audit log.")
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_points(self) -> int:
        points = int(self.cleaned_data["points"])
        if not points:
            raise forms.ValidationError(_("Give or take at least 1 point."))
        return points


def daily_limit(user: Any, programme: Programme) -> int | None:
    """Points a day that this staff user may move; administrators have no limit."""
    if user.is_superuser or has_role(user, ADMINISTRATOR):
        return None
    return programme.support_daily_limit


def adjust_view(request: HttpRequest, object_id: str, *, model_admin: Any) -> HttpResponse:
    """GET shows the form, a first POST asks to confirm, a POST with `confirmed` posts and goes back to the member."""
    user: Any = request.user
    if not user.has_perm("loyalty.adjust_points"):
        raise PermissionDenied
    member = Member.objects.filter(pk=object_id).first() if object_id.isdigit() else None
    if member is None:
        raise Http404
    programme = programme_of(request)
    form = AdjustmentForm(request.POST or None, initial={"token": uuid.uuid4()})
    confirm = False
    if request.method == "POST" and form.is_valid():
        if "back" in request.POST:
            pass
        elif "confirmed" not in request.POST:
            confirm = True
        elif _post(request, form, member, programme):
            return redirect("admin:accounts_member_change", member.pk)
    now = timezone.now()
    balance = member_balance(member.pk, programme=programme, at=now)
    limit = daily_limit(user, programme)
    asked = form.cleaned_data["points"] if confirm else 0
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Adjust points"),
        "opts": Member._meta,
        "original": member,
        "form": form,
        "confirm": confirm,
        "balance": balance,
        "points_after": balance.available + asked,
        "limit": limit,
        "left": None if limit is None else max(0, limit - used_today(actor_id=user.pk, programme=programme, now=now)),
    }
    return TemplateResponse(request, "admin/accounts/adjust.html", context)


def _post(request: HttpRequest, form: AdjustmentForm, member: Member, programme: Programme) -> bool:
    """Post the adjustment with its line in the audit log. False, with the reason on the form, if it was refused."""
    user: Any = request.user
    values = form.cleaned_data
    try:
        with transaction.atomic():
            done = adjust(
                member_id=member.pk,
                points=values["points"],
                reason=values["reason"],
                actor_id=user.pk,
                daily_limit=daily_limit(user, programme),
                form_token=str(values["token"]),
                programme=programme,
                now=timezone.now(),
            )
            if done.created:
                record_adjustment(done.entry)
    except DomainError as error:
        form.add_error(None, _sentence(error))
        return False
    said = gettext("%(points)s given to %(member)s.") if done.entry.points > 0 else gettext("%(points)s taken from %(member)s.")
    messages.success(request, said % {"points": in_points(abs(done.entry.points)), "member": member})
    return True


def _sentence(error: DomainError) -> str:
    """A refusal in the staff user's language."""
    if error.code == "above_daily_limit":
        return gettext("Your limit for today: %(limit)s. %(left)s are left.") % {
            "limit": in_points(error.details["limit"]),
            "left": in_points(error.details["left"]),
        }
    if error.code == "insufficient_points":
        return gettext("The member has only %(points)s available.") % {"points": in_points(error.details["available"])}
    if error.code == "own_account":
        return gettext("Nobody adjusts their own points. Ask a colleague.")
    if error.code == "form_used":
        return gettext("This form was sent already, with other values. Open it again.")
    return error.message
