"""/profile/notifications/: what a member wants to hear, by which way, when and how often."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain import members
from accounts.domain.devices import device_name
from accounts.domain.notifications import preferences, push
from accounts.domain.notifications.preferences import Overview
from accounts.forms.notifications import RhythmForm
from accounts.models import Consent, Member, PushSubscription
from accounts.models.consent import ConsentKind
from accounts.models.notification import OUTSIDE, Category, Channel
from loyalty.lib.errors import DomainError
from loyalty.web.page import member_page, private, programme_of

_CONSENTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Box:
    """A check box of the matrix with its accessible name."""

    name: str
    label: str
    is_on: bool
    is_disabled: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A category with its boxes, and what is to be known about it."""

    title: str
    hint: str
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class Fix:
    """A way that is off because its contact isn't confirmed, and the page that mends it."""

    symbol: str
    text: str
    href: str = ""
    action: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def notifications(request: HttpRequest, member: Member) -> HttpResponse:
    """The matrix, quiet hours, caps and digest in one form, and the consent to marketing next to it."""
    seen = preferences.overview(member)
    if request.method != "POST":
        return _page(request, member, seen, RhythmForm(seen.preferences, zone=programme_of(request).zone))
    form = RhythmForm(seen.preferences, zone=programme_of(request).zone, data=request.POST)
    if not form.is_valid():
        return _page(request, member, seen, form, status=422)
    now = timezone.now()
    try:
        with transaction.atomic():
            preferences.save_settings(member, now=now, **form.cleaned_data)
            preferences.choose_many(member, wanted=_wanted(request, seen), source="notifications", now=now)
    except DomainError as error:
        form.add_error(None, gettext(error.message))
        return _page(request, member, preferences.overview(member), form, status=422)
    messages.success(request, gettext("Saved."))
    return redirect("notifications")


@require_POST
@member_page
def consent(request: HttpRequest, member: Member) -> HttpResponse:
    """Give or withdraw the consent to marketing: a button of its own, so that nobody agrees in passing."""
    given = request.POST.get("given") == "yes"
    preferences.set_consent(member, given=given, version=programme_of(request).rules_version, source="notifications", now=timezone.now())
    messages.success(request, gettext("Consent recorded.") if given else gettext("Consent withdrawn: no more offers outside the cabinet."))
    return redirect(reverse("notifications") + "#consent")


@require_POST
@member_page
def allow_push(request: HttpRequest, member: Member) -> HttpResponse:
    """What push-switch.js sends once the member has pressed the button and the browser agreed."""
    fields = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    try:
        push.subscribe(member, **fields, device=device_name(request.headers.get("user-agent", "")), now=timezone.now())
    except DomainError as error:
        return JsonResponse({"detail": gettext(error.message)}, status=422)
    messages.success(request, gettext("Push messages are on in this browser."))
    return HttpResponse(status=204)


@require_POST
@member_page
def forget_push(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Push no more to one of the member's browsers."""
    device = get_object_or_404(PushSubscription, pk=pk, member=member)
    push.unsubscribe(member, endpoint=device.endpoint)
    messages.success(request, gettext("No more push messages to that browser."))
    return redirect(reverse("notifications") + "#push")


def _page(request: HttpRequest, member: Member, seen: Overview, form: RhythmForm, *, status: int = 200) -> HttpResponse:
    typed = request.POST if form.is_bound else None
    statements = list(Consent.objects.filter(member=member, kind=ConsentKind.MARKETING).order_by("-at", "-pk")[:_CONSENTS_SHOWN])
    devices = push.devices(member)
    context: dict[str, Any] = {
        "columns": [("mail", _channel(Channel.EMAIL)), ("sms", _channel(Channel.SMS)), ("bell", _channel(Channel.PUSH))],
        "lines": [_line(row, seen.has_consent, typed) for row in seen.rows],
        "fixes": _fixes(request, member, seen),
        "form": form,
        "has_consent": seen.has_consent,
        "statements": [(statement, _source(statement.source)) for statement in statements],
        "push_key": push.public_key(),
        "devices": devices,
        # By these the script knows whether this very browser is among them.
        "marks": " ".join(hashlib.sha256(device.endpoint.encode()).hexdigest()[:16] for device in devices),
    }
    return private(render(request, "accounts/notifications.html", context, status=status))


def _line(row: preferences.CategoryRow, has_consent: bool, typed: Any) -> MatrixRow:
    waits = row.needs_consent and not has_consent
    boxes = []
    for cell in row.cells:
        disabled = cell.is_locked or not cell.is_usable or waits
        name = f"{row.category}.{cell.channel}"
        is_on = cell.is_on and not waits
        if typed is not None and not disabled:
            is_on = name in typed
        boxes.append(Box(name, f"{category_name(row.category)}: {_channel(cell.channel)}", is_on, disabled))
    return MatrixRow(category_name(row.category), _hint(row.category, waits), boxes)


def _wanted(request: HttpRequest, seen: Overview) -> dict[tuple[Category, Channel], bool]:
    """The boxes that differ from what holds; those that couldn't be pressed say nothing."""
    wanted = {}
    for row in seen.rows:
        for cell in row.cells:
            is_on = f"{row.category}.{cell.channel}" in request.POST
            if cell.is_usable and not cell.is_locked and is_on != cell.is_on and not (row.needs_consent and not seen.has_consent):
                wanted[row.category, cell.channel] = is_on
    return wanted


def _fixes(request: HttpRequest, member: Member, seen: Overview) -> list[Fix]:
    user: Any = request.user
    found = []
    for channel in OUTSIDE:
        if seen.usable[channel]:
            continue
        if channel == Channel.EMAIL:
            found.append(_email_fix(bool(user.email or member.email), proven=members.has_proven_email(user)))
        elif channel == Channel.SMS:
            found.append(_phone_fix(bool(user.phone or member.phone), proven=bool(user.phone and user.phone_verified)))
        elif push.is_configured():
            found.append(Fix("bell", gettext("Push is off: allow it in this browser first."), "#push", gettext("Allow")))
        else:
            found.append(Fix("bell", gettext("Push messages aren't set up in this programme.")))
    return found


def _email_fix(has_one: bool, *, proven: bool) -> Fix:
    href = reverse("profile_email")
    if proven:
        return Fix("mail", gettext("E-mail is off: the mailbox refuses our messages."), href, gettext("Change the e-mail"))
    if has_one:
        return Fix("mail", gettext("E-mail is off: the address isn't confirmed."), href, gettext("Confirm the e-mail"))
    return Fix("mail", gettext("E-mail is off: there is no address yet."), href, gettext("Add an e-mail"))


def _phone_fix(has_one: bool, *, proven: bool) -> Fix:
    href = reverse("profile_phone")
    if proven:
        return Fix("sms", gettext("SMS are off: the number refuses our messages."), href, gettext("Change the phone"))
    if has_one:
        return Fix("sms", gettext("SMS are off: the number isn't confirmed."), href, gettext("Confirm the phone"))
    return Fix("sms", gettext("SMS are off: there is no number yet."), href, gettext("Add a phone"))


def category_name(category: Category) -> str:
    """A category as members read it."""
    return {
        Category.POINTS_CREDITED: gettext("Points credited"),
        Category.POINTS_SPENT: pgettext("notifications", "Points spent"),
        Category.POINTS_EXPIRING: gettext("Points about to expire"),
        Category.LEVEL_AND_QUESTS: pgettext("notifications", "Level and quests"),
        Category.OFFERS: gettext("Offers"),
        Category.PARTNER_NEWS: gettext("Partner news"),
        Category.SECURITY: gettext("Log-in and security"),
        Category.SERVICE: gettext("Our answers and the service"),
    }[category]


def _hint(category: Category, waits: bool) -> str:
    if waits:
        return gettext("needs your consent")
    if category.is_locked:
        return gettext("one way always stays on")
    return gettext("30, 7 and 1 days ahead") if category == Category.POINTS_EXPIRING else ""


def _channel(channel: Channel) -> str:
    return {Channel.EMAIL: gettext("e-mail"), Channel.SMS: gettext("SMS"), Channel.PUSH: gettext("push")}[channel]


def _source(source: str) -> str:
    known = {
        "signup": gettext("when you signed up"),
        "claim": gettext("when you claimed the card"),
        "profile": gettext("in the profile"),
        "notifications": gettext("on this page"),
        "till": gettext("at a till"),
        "unsubscribe": gettext("by the link in a mail"),
        "demo": gettext("when you signed up"),
    }
    return known.get(source, source)
