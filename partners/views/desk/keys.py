"""/desk/<slug>/keys/: the partner's API keys. Managers make, rotate and revoke them; a key itself is shown once."""

from datetime import timedelta
from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.lib.clock import start_of_day
from loyalty.lib.errors import DomainError
from loyalty.web.page import programme_of
from partners.domain import api_key
from partners.enums import DeskRole
from partners.models import ApiKey
from partners.models.api_key import Scope
from partners.views.desk.access import DeskRequest, desk_page, render_desk

# The old key of a rotation works on for this long.
OVERLAPS = {1: _("1 day"), 7: _("7 days"), 30: _("30 days")}
_MOST = 50


class KeyForm(forms.Form):
    """A new key: what for, what it may do, until when."""

    name = forms.CharField(label=_("Name"), max_length=50, help_text=_("Where it is used, as in: till of the shop in Lipovaya street."))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Empty: until it is revoked.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "expires_on"):
            self.fields[name].widget.attrs["class"] = "inp"


@require_safe
@desk_page(DeskRole.MANAGER)
def index(request: DeskRequest) -> HttpResponse:
    """The keys, the newest first."""
    return render_desk(request, "desk/keys.html", {"keys": _listed(request), "overlaps": OVERLAPS.items(), "instant": timezone.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.MANAGER)
def make(request: DeskRequest) -> HttpResponse:
    """A form for a new key; sent, the page that shows the key this once."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render_desk(request, "desk/key_new.html", {"form": form})
    now = timezone.now()
    last = form.cleaned_data["expires_on"]
    expires_at = start_of_day(last + timedelta(days=1), programme_of(request).zone) if last else None
    if expires_at is not None and expires_at <= now:
        form.add_error("expires_on", gettext("This day is over."))
    elif request.desk.partner.api_keys.filter(revoked=False).count() >= _MOST:
        form.add_error(None, gettext("There are %(count)s keys already; revoke one that nobody uses.") % {"count": _MOST})
    else:
        try:
            key, text = api_key.create(
                partner=request.desk.partner,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=expires_at,
                created_by_id=request.user.pk,
            )
        except DomainError as error:
            form.add_error(None, gettext(error.message))
        else:
            return _show(request, key, text)
    return render_desk(request, "desk/key_new.html", {"form": form})


@require_POST
@desk_page(DeskRole.MANAGER)
def rotate(request: DeskRequest, prefix: str) -> HttpResponse:
    """A successor of a key, shown this once; the old one works on for the days chosen."""
    key = _own(request, prefix)
    days = request.POST.get("days", "")
    overlap = timedelta(days=int(days) if days in map(str, OVERLAPS) else 7)
    try:
        fresh, text = api_key.rotate(key, overlap=overlap, now=timezone.now(), by_id=request.user.pk)
    except DomainError as error:
        messages.error(request, gettext(error.message))
        return redirect("desk_keys", request.desk.partner.slug)
    return _show(request, fresh, text)


@require_POST
@desk_page(DeskRole.MANAGER)
def revoke(request: DeskRequest, prefix: str) -> HttpResponse:
    """Refuse a key from now on."""
    key = _own(request, prefix)
    if not key.revoked:
        api_key.revoke(key)
        LogEntry.objects.log_create(key, action=LogEntry.Action.UPDATE, changes={"revoked": ["False", "True"]})
        messages.success(request, gettext("The key “%(name)s” is revoked: nothing it signs is accepted any more.") % {"name": key.name})
    return redirect("desk_keys", request.desk.partner.slug)


def _own(request: DeskRequest, prefix: str) -> ApiKey:
    return get_object_or_404(ApiKey, partner=request.desk.partner, prefix=prefix)


def _listed(request: DeskRequest) -> list[ApiKey]:
    return list(request.desk.partner.api_keys.select_related("replaced_by").order_by("revoked", "-created"))


def _show(request: DeskRequest, key: ApiKey, text: str) -> HttpResponse:
    """The answer to the form itself: nothing is kept anywhere from which the key could be shown again."""
    return render_desk(request, "desk/key_made.html", {"key": key, "text": text})
