"""Letters from members, and answering them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.domain.notifications import contact_requests
from accounts.models import ContactRequest
from loyalty.admin.base import RecordAdmin
from loyalty.domain.programme import current_sender
from loyalty.lib.errors import DomainError


class AnswerForm(forms.Form):
    """The answer that the member gets."""

    text = forms.CharField(label=_("Answer"), max_length=contact_requests.LONGEST, widget=UnfoldAdminTextareaWidget)


@admin.register(ContactRequest)
class ContactRequestAdmin(RecordAdmin):
    """What members wrote. An answer goes to the inbox and by mail; an answered letter is not changed any more."""

    list_display = ("number", "member", "topic", "state", "created_at", "answered_by", "answered_at")
    list_filter = ("state", "topic")
    list_select_related = ("member", "answered_by")
    search_fields = ("member__pk",)
    search_help_text = _("Number of the member")
    fields = ("member", "topic", "order_ref", "text", "created_at", "state", "answer", "answered_by", "answered_at")
    actions_detail = ("write_answer", "close")

    def has_answer_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may answer."""
        user: Any = request.user
        return bool(user.has_perm("accounts.change_contactrequest"))

    @action(description=_("Answer"), url_path="answer", icon="reply", permissions=["answer"])
    def write_answer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        letter = ContactRequest.objects.select_related("member").filter(pk=object_id if object_id.isdigit() else 0).first()
        if letter is None:
            raise Http404
        form = AnswerForm(request.POST or None)
        user: Any = request.user
        if request.method == "POST" and form.is_valid():
            try:
                contact_requests.answer(letter.pk, text=form.cleaned_data["text"], author=user, sender=current_sender(), now=timezone.now())
                messages.success(request, gettext("The answer is on its way."))
                return redirect("admin:accounts_contactrequest_change", letter.pk)
            except DomainError as error:
                form.add_error(None, gettext(error.message))
        context = {**self.admin_site.each_context(request), "title": gettext("Answer"), "opts": ContactRequest._meta, "original": letter, "form": form}
        return TemplateResponse(request, "admin/accounts/answer.html", context)

    @action(description=_("Close without an answer"), url_path="close", icon="done_all", permissions=["answer"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user: Any = request.user
        try:
            contact_requests.close(int(object_id), author=user, now=timezone.now())
        except (DomainError, ValueError) as error:
            messages.warning(request, gettext(str(error)))
        return redirect("admin:accounts_contactrequest_change", object_id)
