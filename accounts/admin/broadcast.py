"""Broadcasts: text, filter, schedule; progress, pause and report."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.domain.notifications import broadcasts
from accounts.models import Broadcast
from accounts.models.broadcast import BroadcastState
from accounts.models.notification import Channel, MessageState
from loyalty.admin.base import MenuItem, Section
from loyalty.domain import outreach
from loyalty.domain.outreach import broadcast_report
from loyalty.lib.errors import DomainError

_PARTS = (("title", _("Title"), 150), ("body", _("Text"), 2000), ("sms", _("SMS"), 300), ("button", _("Button"), 60))


class BroadcastForm(forms.ModelForm):
    """The texts as a field for each part and language."""

    class Meta:
        model = Broadcast
        fields = ("name", "category", "url", "audience", "hold_out_pct", "scheduled_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, part, label, longest in text_fields():
            widget = UnfoldAdminTextareaWidget if part == "body" else UnfoldAdminTextInputWidget
            known = (self.instance.texts or {}).get(language, {}).get(part, "")
            self.fields[f"{part}_{language}"] = forms.CharField(label=f"{label} ({language})", max_length=longest, required=False, widget=widget, initial=known)

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
            raise forms.ValidationError(_("A path of this site, as in /offers/."))
        return url

    def clean_audience(self) -> dict[str, Any]:
        found = self.cleaned_data["audience"] or {}
        if not isinstance(found, dict):
            raise forms.ValidationError(_("A value of the filter is not understood."))
        try:
            outreach.audience_members(found, at=timezone.now())
        except DomainError as error:
            raise forms.ValidationError(f"{gettext(error.message)} {error.details.get('key', '')}") from None
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        texts: dict[str, dict[str, str]] = {}
        for language, part, _label, _longest in text_fields():
            if written := values.get(f"{part}_{language}", "").strip():
                texts.setdefault(language, {})[part] = written
        try:
            broadcasts.check_texts(texts)
        except DomainError as error:
            raise forms.ValidationError(gettext(error.message)) from None
        self.instance.texts = texts
        return values


def text_fields() -> list[tuple[str, str, Any, int]]:
    """(language, part, label, longest) of every text field."""
    return [(language, part, label, longest) for language, _name in settings.LANGUAGES for part, label, longest in _PARTS]


@admin.register(Broadcast)
class BroadcastAdmin(ModelAdmin):
    """A draft is edited; from its release on it is only watched, paused and ended."""

    menu = MenuItem(Section.MESSAGES, _("Broadcasts"), "campaign", 20)
    form = BroadcastForm
    list_display = ("name", "category", "state", "scheduled_at", "audience_size", "held_out", "finished_at")
    list_filter = ("state", "category")
    actions_detail = ("release", "pause", "resume", "cancel")
    readonly_fields = ("state", "reach_now", "progress", "results")

    def get_fieldsets(self, request: HttpRequest, obj: Broadcast | None = None) -> Any:
        words = [f"{part}_{language}" for language, part, _label, _longest in text_fields()]
        what = (None, {"fields": ("name", "category", "url")})
        recipients = (_("To whom and when"), {"fields": ("audience", "hold_out_pct", "scheduled_at", *(("reach_now", "state") if obj else ()))})
        if obj is None or obj.state == BroadcastState.DRAFT:
            return (what, (_("Texts"), {"fields": words}), recipients)
        return (what, recipients, (_("Progress"), {"fields": ("progress", "results")}))

    def get_readonly_fields(self, request: HttpRequest, obj: Broadcast | None = None) -> Any:
        if obj is None or obj.state == BroadcastState.DRAFT:
            return self.readonly_fields
        return (*self.readonly_fields, *BroadcastForm.Meta.fields)

    def get_form(self, request: HttpRequest, obj: Broadcast | None = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of the texts are made by the form itself: the factory must not look for them in the model.
        kwargs["fields"] = BroadcastForm.Meta.fields if obj is None or obj.state == BroadcastState.DRAFT else ()
        if not kwargs["fields"]:
            return super(ModelAdmin, self).get_form(request, obj, change=change, form=forms.ModelForm, fields=())
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Broadcast | None = None) -> bool:
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Broadcast | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Broadcast, form: Any, change: bool) -> None:
        if change and obj.state != BroadcastState.DRAFT:
            return
        if not change:
            obj.author = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    @admin.display(description=_("members of the filter now"))
    def reach_now(self, broadcast: Broadcast) -> str:
        try:
            return str(outreach.audience_size(broadcast.audience, at=timezone.now()))
        except DomainError as error:
            return gettext(error.message)

    @admin.display(description=_("messages"))
    def progress(self, broadcast: Broadcast) -> SafeString:
        found = broadcasts.progress(broadcast.pk)
        rows = [
            {
                "channel": Channel(channel).label,
                "states": [(MessageState(state).label, many) for state, many in states.items()],
                "opened": found.opened[channel],
                "clicked": found.clicked[channel],
            }
            for channel, states in found.states.items()
        ]
        return render_to_string("admin/accounts/_broadcast_progress.html", {"rows": rows, "broadcast": broadcast})

    @admin.display(description=_("report"))
    def results(self, broadcast: Broadcast) -> SafeString:
        return render_to_string("admin/accounts/_broadcast_report.html", {"report": broadcast_report(broadcast.pk, now=timezone.now())})

    @action(description=_("Send (at its time, or now)"), url_path="release", icon="send", permissions=["change"])
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        at = Broadcast.objects.filter(pk=object_id).values_list("scheduled_at", flat=True).first()
        return self._do(request, object_id, lambda pk: broadcasts.schedule(pk, at=at, now=timezone.now()))

    @action(description=_("Pause"), url_path="pause", icon="pause", permissions=["change"])
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, broadcasts.pause)

    @action(description=_("Go on"), url_path="resume", icon="play_arrow", permissions=["change"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, broadcasts.resume)

    @action(description=_("End it"), url_path="cancel", icon="stop", permissions=["change"])
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._do(request, object_id, broadcasts.cancel)

    def _do(self, request: HttpRequest, object_id: str, act: Callable[[int], object]) -> HttpResponse:
        try:
            act(int(object_id))
        except DomainError as error:
            messages.warning(request, gettext(error.message))
        except (ValueError, Broadcast.DoesNotExist):
            return redirect("admin:accounts_broadcast_changelist")
        return redirect("admin:accounts_broadcast_change", object_id)
