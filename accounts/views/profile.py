"""/profile/: the card, contacts, name and birthday, look and language, sessions, ways to log in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.domain import consent, members
from accounts.domain.devices import device_name, is_mobile
from accounts.forms import BirthdayForm, NameForm
from accounts.models import Member
from accounts.models.consent import ConsentKind
from loyalty.lib.errors import DomainError
from loyalty.web.page import card_of, member_of, member_page, private, programme_of
from quests.domain import deeds


@dataclass(frozen=True, slots=True)
class Device:
    """A browser in which the cabinet is open."""

    pk: int
    name: str
    is_mobile: bool
    is_current: bool
    since: datetime


@never_cache
@login_required
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Everything about the person. Staff without a card see their log-in only."""
    return page(request)


def page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The profile page; a form with errors takes the place of the fresh one."""
    user: Any = request.user
    member = member_of(request)
    context: dict[str, Any] = {
        "card": card_of(request),
        "phone": user.phone,
        "email": user.email,
        "email_proven": members.has_proven_email(user),
        "devices": devices_of(request),
        "passkeys": [key.wrap() for key in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("created_at")],
        "has_password": user.has_usable_password(),
    }
    if member is not None:
        context |= {
            "name_form": forms.get("name_form") or NameForm(initial={"first_name": member.first_name, "last_name": member.last_name}),
            "birthday_form": forms.get("birthday_form") or BirthdayForm(initial={"birth_day": member.birth_day, "birth_month": member.birth_month}),
            "wants_marketing": consent.wants_marketing(member),
            # Contacts that are on file without having been proven.
            "phone_on_file": None if user.phone else member.phone,
            "email_on_file": None if user.email else member.email,
        }
    return private(render(request, "accounts/profile.html", context, status=status))


@require_POST
@member_page
def name(request: HttpRequest, member: Member) -> HttpResponse:
    """Change the name."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return page(request, status=422, name_form=form)
    members.set_name(member, **form.cleaned_data)
    deeds.refresh([member.pk], programme=programme_of(request), now=timezone.now())
    return _saved(request)


@require_POST
@member_page
def birthday(request: HttpRequest, member: Member) -> HttpResponse:
    """Change the birthday."""
    form = BirthdayForm(request.POST)
    if form.is_valid():
        try:
            members.set_birthday(member, day=form.cleaned_data["birth_day"], month=form.cleaned_data["birth_month"], year=member.birth_year)
        except DomainError:
            form.add_error("birth_day", gettext("There is no such day: choose a day and a month."))
        else:
            deeds.refresh([member.pk], programme=programme_of(request), now=timezone.now())
            return _saved(request)
    return page(request, status=422, birthday_form=form)


@require_POST
@member_page
def marketing(request: HttpRequest, member: Member) -> HttpResponse:
    """Give or withdraw the consent to marketing messages."""
    consent.record(
        member=member,
        kind=ConsentKind.MARKETING,
        given="marketing" in request.POST,
        version=programme_of(request).rules_version,
        source="profile",
        at=timezone.now(),
    )
    return _saved(request)


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Log one device out."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    end_sessions(request, [session])
    if not request.user.is_authenticated:
        return _forget(redirect("home"))
    messages.success(request, gettext("That device is logged out."))
    return redirect("profile")


@require_POST
@login_required
def end_all_sessions(request: HttpRequest) -> HttpResponse:
    """Log every device out, this one too."""
    end_sessions(request, list(UserSession.objects.filter(user=request.user)))
    return _forget(redirect("home"))


def devices_of(request: HttpRequest) -> list[Device]:
    """The browsers in which the user is logged in, this one first."""
    rows = list(UserSession.objects.filter(user=request.user))
    alive = set(Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()).values_list("session_key", flat=True))
    current = request.session.session_key
    found = [
        Device(pk=row.pk, name=device_name(row.user_agent), is_mobile=is_mobile(row.user_agent), is_current=row.session_key == current, since=row.created_at)
        for row in rows
        if row.session_key in alive
    ]
    return sorted(found, key=lambda device: (not device.is_current, -device.since.timestamp()))


def _saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, gettext("Saved."))
    return redirect("profile")


def _forget(response: HttpResponse) -> HttpResponse:
    """Logged out: the browser forgets the offline card."""
    response["Clear-Site-Data"] = '"storage"'
    return response
