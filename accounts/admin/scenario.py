"""Scenarios: on and off, reworded with a preview and a test to oneself; every version stays."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.domain.notifications import sms_text, texts
from accounts.domain.notifications.channels.email import EmailSending
from accounts.domain.notifications.reach import Reach
from accounts.domain.notifications.scenarios import BY_SLUG
from accounts.domain.notifications.texts import Wording, Wordings
from accounts.models import Message, Scenario, ScenarioText
from loyalty.admin.base import RecordInline
from loyalty.domain.programme import current_sender
from loyalty.lib.errors import DomainError


class WordingForm(forms.Form):
    """The words of a scenario in one language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)
    title = forms.CharField(label=_("Title"), max_length=150, widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(label=_("Text"), max_length=2000, widget=UnfoldAdminTextareaWidget)
    sms = forms.CharField(label=_("SMS"), max_length=300, widget=UnfoldAdminTextInputWidget)
    button = forms.CharField(label=_("Button"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget)

    def wording(self) -> Wording:
        """What was typed."""
        values = self.cleaned_data
        return Wording(values["title"], values["body"], values["sms"], values["button"])


class ScenarioTextInline(RecordInline):
    """The versions, the newest first."""

    model = ScenarioText
    fields = ("language", "version", "title", "body", "sms", "author", "created_at")
    ordering = ("language", "-version")


@admin.register(Scenario)
class ScenarioAdmin(ModelAdmin):
    """One row for each scenario of the code; staff change the switch here and the words by rewording."""

    list_display = ("what", "category", "is_on")
    list_editable = ("is_on",)
    fields = ("what", "category", "placeholders", "is_on")
    readonly_fields = ("what", "category", "placeholders")
    inlines = (ScenarioTextInline,)
    actions_detail = ("reword",)

    def get_fields(self, request: HttpRequest, obj: Scenario | None = None) -> Any:
        comes_before = obj is not None and obj.pk in BY_SLUG and BY_SLUG[obj.pk].days_before is not None
        return (*self.fields, "days_before") if comes_before else self.fields

    def get_form(self, request: HttpRequest, obj: Scenario | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "days_before" in form.base_fields and obj is not None:
            said = gettext("Before the end of the day on which it ends. Empty: %(days)s.") % {"days": BY_SLUG[obj.pk].days_before}
            form.base_fields["days_before"].help_text = said
        return form

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Scenario | None = None) -> bool:
        return False

    @admin.display(description=_("scenario"))
    def what(self, scenario: Scenario) -> str:
        return gettext(BY_SLUG[scenario.pk].about) if scenario.pk in BY_SLUG else scenario.pk

    @admin.display(description=_("category"))
    def category(self, scenario: Scenario) -> str:
        return str(BY_SLUG[scenario.pk].category.label) if scenario.pk in BY_SLUG else ""

    @admin.display(description=_("placeholders"))
    def placeholders(self, scenario: Scenario) -> str:
        names = [*BY_SLUG[scenario.pk].placeholders, *texts.ALWAYS] if scenario.pk in BY_SLUG else []
        return " ".join(f"{{{name}}}" for name in names)

    @action(description=_("Reword"), url_path="reword", icon="edit_note", permissions=["change"])
    def reword(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET shows the words in force; POST previews them, sends them to oneself, or puts them in force."""
        scenario = Scenario.objects.filter(pk=object_id).first()
        if scenario is None or object_id not in BY_SLUG:
            raise Http404
        if not self.has_change_permission(request, scenario):
            raise PermissionDenied
        language = str(request.GET.get("language") or request.POST.get("language") or settings.LANGUAGE_CODE)
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        words = Wordings([object_id]).get(object_id, language)
        initial = {"language": language, "title": words.title, "body": words.body, "sms": words.sms, "button": words.button}
        form = WordingForm(request.POST or None, initial=initial)
        preview = None
        if request.method == "POST" and form.is_valid():
            try:
                preview = self._preview(request, scenario, form)
            except DomainError as error:
                name = error.details.get("name")
                form.add_error(None, gettext(error.message) + (f" {{{name}}}" if name else ""))
            if preview is not None and "save" in request.POST:
                return redirect("admin:accounts_scenario_change", scenario.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Reword: %(what)s") % {"what": self.what(scenario)},
            "opts": Scenario._meta,
            "original": scenario,
            "form": form,
            "placeholders": self.placeholders(scenario),
            "preview": preview,
            "segments": sms_text.size(sms_text.plain(preview.sms)).segments if preview else 0,
            "languages": settings.LANGUAGES,
            "language": language,
        }
        return TemplateResponse(request, "admin/accounts/reword.html", context)

    def _preview(self, request: HttpRequest, scenario: Scenario, form: WordingForm) -> Wording:
        """Check the words; send or store them if that was asked for. Raises DomainError."""
        language, wording, sender = form.cleaned_data["language"], form.wording(), current_sender()
        kind = BY_SLUG[scenario.pk]
        texts.check((wording.title, wording.body, wording.sms, wording.button), kind.placeholders)
        shown = texts.sample(scenario.pk, language=language, programme=sender.name, site_url=sender.site_url, wording=wording)
        user: Any = request.user
        if "save" in request.POST:
            texts.reword(scenario.pk, language=language, wording=wording, author=user, now=timezone.now())
            messages.success(request, gettext("The new version is in force."))
        elif "test" in request.POST:
            if not user.email:
                raise DomainError("no_email", "You have no e-mail address.")
            send_test(user.email, shown, scenario=scenario.pk, language=language)
            messages.success(request, gettext("Sent to %(email)s.") % {"email": user.email})
        return shown


def send_test(email: str, shown: Wording, *, scenario: str, language: str) -> None:
    """Mail a filled text to a staff user, in the look that members see. Nothing of it is recorded."""
    kind = BY_SLUG[scenario]
    message = Message(
        pk=0, member_id=0, category=kind.category, language=language, title=shown.title, body=shown.body, button=shown.button, url=kind.url, rows=[]
    )
    reader = Reach(0, "", language, email, "", bad_email=False, bad_phone=False, has_push=False, has_consent=True)
    mail: EmailMultiAlternatives = EmailSending(current_sender()).mail(message, reader)
    for header in ("List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID"):
        mail.extra_headers.pop(header, None)
    mail.send()
