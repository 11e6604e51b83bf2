"""API keys of partners: made, rotated and revoked here; a key itself is shown once."""

from datetime import timedelta
from typing import Any

from auditlog.registry import auditlog
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import APIKey
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from loyalty.admin.base import MenuItem, Section
from loyalty.lib.errors import DomainError
from partners.domain import api_key
from partners.models import ApiKey
from partners.models.api_key import Scope

# The package's own table stays empty: every key here belongs to a partner.
admin.site.unregister(APIKey)
# Hashes stay out of the audit log, and so does every use.
auditlog.register(ApiKey, exclude_fields=["id", "prefix", "hashed_key", "last_used_at"])
OVERLAP = timedelta(days=7)


class ApiKeyForm(forms.ModelForm):
    """Whose key, what for, what it may do, until when."""

    scopes = forms.MultipleChoiceField(label=_("scopes"), choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget)

    class Meta:
        model = ApiKey
        fields = ("partner", "name", "scopes", "expiry_date")


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """What a key may do is fixed: another need is another key. Actions are posted from the list."""

    menu = MenuItem(Section.CONNECTIONS, _("API keys"), "key", 10)
    form = ApiKeyForm
    list_display = ("name", "partner", "prefix", "scope_list", "last_used_at", "expiry_date", "revoked")
    list_filter = ("revoked", "partner")
    list_select_related = ("partner",)
    search_fields = ("name", "prefix", "partner__name")
    autocomplete_fields = ("partner",)
    actions = ("rotate", "revoke")
    _shown = ("partner", "name", "prefix", "scope_list", "created", "created_by", "last_used_at", "expiry_date", "revoked", "replaced_by")

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self._shown if obj is not None else ("partner", "name", "scopes", "expiry_date")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self._shown if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}

    @admin.display(description=_("scopes"))
    def scope_list(self, key: ApiKey) -> str:
        """As programs name them."""
        return ", ".join(key.scopes)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            return
        made, text = api_key.create(
            partner=obj.partner, name=obj.name, scopes=form.cleaned_data["scopes"], expires_at=obj.expiry_date, created_by_id=request.user.pk
        )
        # The admin goes on with the row that was made.
        obj.__dict__.update(made.__dict__)
        self._show(request, made, text)

    @admin.action(description=_("Rotate: a new key, the old one works 7 more days"), permissions=["change"])
    def rotate(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Successors for the chosen keys."""
        for key in keys.select_related("partner"):
            try:
                fresh, text = api_key.rotate(key, overlap=OVERLAP, now=timezone.now(), by_id=request.user.pk)
            except DomainError as error:
                self.message_user(request, f"{key.prefix}: {gettext(error.message)}", messages.ERROR)
            else:
                self._show(request, fresh, text)

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Refuse the chosen keys from now on."""
        live = list(keys.filter(revoked=False))
        for key in live:
            api_key.revoke(key)
        done = ngettext("%(count)s key is revoked.", "%(count)s keys are revoked.", len(live)) % {"count": len(live)}
        self.message_user(request, done, messages.SUCCESS)

    def _show(self, request: HttpRequest, key: ApiKey, text: str) -> None:
        words = gettext("The key of %(partner)s, shown this once: %(key)s") % {"partner": key.partner.name, "key": text}
        self.message_user(request, words, messages.WARNING)
