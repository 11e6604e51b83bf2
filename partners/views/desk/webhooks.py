"""/desk/<slug>/webhooks/: where the partner hears of events, and the log of what was sent. Managers change, viewers read."""

from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import rate_limit
from accounts.domain.rate_limit import Limit
from loyalty.lib.errors import DomainError
from loyalty.lib.pagination import Cursor
from partners.domain import webhooks
from partners.domain.webhooks import check_url
from partners.enums import DeskRole
from partners.models import DeliveryState, WebhookEndpoint, WebhookKind
from partners.views.desk.access import DeskRequest, desk_page, render_desk

PAGE = 30
_MOST = 20
# Tests and replays go to an address that a partner chose: not without end.
_SENDS = (Limit("desk.webhook.send", 60, 3600),)
# Stored in English, as the sender's own reasons are, and shown in the reader's language.
_SWITCHED_OFF = gettext_noop("switched off at the partner's desk")
_CHOICES = [choice for choice in WebhookKind.choices if choice[0] != WebhookKind.TEST]


class EndpointForm(forms.Form):
    """An address, checked as it will be when messages go there."""

    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https", help_text=_("https:// and a public name."))
    description = forms.CharField(label=_("What for"), max_length=200, required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of messages"), choices=_CHOICES, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all of them.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("url", "description"):
            self.fields[name].widget.attrs["class"] = "inp"

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
        except DomainError as error:
            raise forms.ValidationError(gettext(error.message)) from None
        return url


@require_safe
@desk_page()
def index(request: DeskRequest) -> HttpResponse:
    """The addresses, with what waits and what was given up."""
    waiting = Count("deliveries", filter=Q(deliveries__state=DeliveryState.PENDING))
    failed = Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED))
    endpoints = request.desk.partner.webhooks.annotate(waiting=waiting, failed=failed).order_by("-is_active", "pk")
    return render_desk(request, "desk/webhooks.html", {"endpoints": endpoints})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(DeskRole.MANAGER)
def make(request: DeskRequest) -> HttpResponse:
    """A new address; its page shows the secret."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if request.desk.partner.webhooks.count() >= _MOST:
            form.add_error(None, gettext("There are %(count)s addresses already.") % {"count": _MOST})
        else:
            endpoint = webhooks.create_endpoint(partner=request.desk.partner, now=timezone.now(), **form.cleaned_data)
            messages.success(request, gettext("The address is added. Messages are signed with the secret below."))
            return redirect("desk_webhook", request.desk.partner.slug, endpoint.pk)
    return render_desk(request, "desk/webhook_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page()
def endpoint(request: DeskRequest, pk: int) -> HttpResponse:
    """An address with its log; managers send a test, change the secret, switch it off and on, send messages again."""
    found = get_object_or_404(request.desk.partner.webhooks, pk=pk)
    if request.method == "POST":
        if not request.desk.may_manage:
            raise PermissionDenied
        _act(request, found)
        return redirect(request.get_full_path())
    state = request.GET.get("state", "")
    log = found.deliveries.order_by("-created_at", "-pk")
    if state in DeliveryState.values:
        log = log.filter(state=state)
    else:
        state = ""
    after = Cursor.decode(request.GET.get("after", ""))
    if after:
        log = log.filter(after.before("created_at"))
    rows = list(log[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "endpoint": found,
        "kinds": [str(WebhookKind(kind).label) for kind in found.kinds if kind in WebhookKind.values],
        "rows": rows[:PAGE],
        "next": Cursor(last.created_at, last.pk).encode() if last else "",
        "after": request.GET.get("after", "") if after else "",
        "state": state,
        "states": DeliveryState.choices,
        "reason": gettext(found.disabled_reason) if found.disabled_reason else "",
        "instant": timezone.now(),
    }
    return render_desk(request, "desk/webhook.html", context)


def _act(request: DeskRequest, found: WebhookEndpoint) -> None:
    """Do what the button says; every change is in the audit log."""
    action, now = request.POST.get("action", ""), timezone.now()
    if action in ("test", "replay") and not rate_limit.allow(_SENDS, key=str(found.partner_id), now=now):
        messages.error(request, gettext("That was often enough for now. Try again in an hour."))
    elif action == "test" and found.is_active:
        webhooks.queue_test(found, now=now)
        messages.success(request, gettext("A test message is on its way."))
    elif action == "rotate":
        webhooks.rotate_secret(found, now=now)
        LogEntry.objects.log_create(found, action=LogEntry.Action.UPDATE, changes={"secret": ["***", "***"]})
        messages.success(request, gettext("There is a new secret; the old one signs for a day more."))
    elif action == "disable" and found.is_active:
        webhooks.disable(found, reason=_SWITCHED_OFF, now=now)
        messages.success(request, gettext("Nothing is sent there any more."))
    elif action == "enable" and not found.is_active:
        webhooks.enable(found)
        messages.success(request, gettext("Messages are sent there again."))
    elif action == "replay":
        _replay(request, found)
    else:
        messages.error(request, gettext("Nothing was changed: the address is switched off, or was changed meanwhile."))


def _replay(request: DeskRequest, found: WebhookEndpoint) -> None:
    """Send one message again, or all that were given up."""
    chosen = found.deliveries.exclude(state=DeliveryState.PENDING)
    one = request.POST.get("message", "")
    if one:
        try:
            chosen = chosen.filter(uuid=UUID(one))
        except ValueError:
            chosen = chosen.none()
    else:
        chosen = chosen.filter(state=DeliveryState.FAILED)
    if not found.is_active:
        messages.error(request, gettext("The address is switched off; switch it on first."))
        return
    with transaction.atomic():
        count = webhooks.replay(_ids(chosen), now=timezone.now())
        if count:
            LogEntry.objects.log_create(found, action=LogEntry.Action.UPDATE, changes={"replay": ["", str(count)]})
    done = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", count) % {"n": count}
    (messages.success if count else messages.info)(request, done)


def _ids(chosen: Any) -> list[int]:
    ids: list[int] = list(chosen.order_by("pk").values_list("pk", flat=True)[:500])
    return ids
