"""Changing a contact: a code to the old one, then a code to the new one."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.domain import members, rate_limit
from accounts.forms import CodeForm, NewEmailForm, NewPhoneForm, may_send_codes
from accounts.models import User
from accounts.views.challenge import Challenge, ask_again, is_a_code
from accounts.views.codes import say_too_many
from loyalty.domain import till
from loyalty.lib.errors import DomainError
from loyalty.web.page import member_of, private, programme_of


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Change (or add) the phone."""
    return _change(request, "phone")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Change (or add) the e-mail."""
    return _change(request, "email")


def _change(request: HttpRequest, what: str) -> HttpResponse:
    name = f"contact.{what}"
    challenge = Challenge.resume(request, name)
    action = request.POST.get("action", "")
    if challenge is not None and action == "cancel":
        challenge.abort()
        return redirect("profile")
    if challenge is not None and action == "resend":
        return ask_again(request, challenge)
    if challenge is not None and "contact" not in request.POST:
        return _code(request, what, challenge)
    return _new(request, what, name)


def _new(request: HttpRequest, what: str, name: str) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    member = member_of(request)
    on_file = getattr(member, what, None) if member and not getattr(user, what) else None
    form = (NewPhoneForm if what == "phone" else NewEmailForm)(request.POST or None, initial={"contact": on_file})
    old = _old_contact(user, what)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["contact"]
        if new == str(getattr(user, what) or ""):
            form.add_error("contact", gettext("This is your contact already."))
        elif not may_send_codes(request, old, new):
            form.add_error(None, get_adapter().validation_error("rate_limited"))
        else:
            Challenge.start(request, name, contact=old, step="old", new=new)
            return redirect(request.path)
    return private(render(request, "accounts/contact.html", {"form": form, "what": what, "old": old, "has_one": bool(getattr(user, what))}))


def _code(request: HttpRequest, what: str, challenge: Challenge) -> HttpResponse:
    form = CodeForm(request.POST or None, code=challenge.code)
    if request.method == "POST" and is_a_code(form):
        if challenge.accept(form["code"].value()):
            return _next_step(request, what, challenge)
        if challenge.is_over:
            say_too_many(request)
            return redirect(request.path)
    kind = f"contact_{challenge.state['step']}"
    return private(render(request, "account/code.html", {**challenge.context(), "form": form, "verify_form": form, "kind": kind}))


def _next_step(request: HttpRequest, what: str, challenge: Challenge) -> HttpResponse:
    new = challenge.state["new"]
    user: User = request.user  # type: ignore[assignment]
    if challenge.state["step"] == "old":
        taken = members.phone_is_taken(new, but_for=user) if what == "phone" else members.email_is_taken(new, but_for=user)
        if taken:
            _tell_owner(new)
        Challenge.start(request, challenge.name, contact=new, silent=taken, step="new", new=new)
        return redirect(request.path)
    challenge.abort()
    former = _old_contact(user, what)
    try:
        changed = members.change_phone(user_id=user.pk, phone=new) if what == "phone" else members.change_email(user_id=user.pk, email=new)
    except DomainError:
        messages.error(request, gettext("This contact was taken meanwhile."))
        return redirect("profile")
    _after(request, changed, what, former)
    return redirect("profile")


def _after(request: HttpRequest, user: User, what: str, former: str) -> None:
    """Word to the former contact, and the welcome points if only this contact was missing for them."""
    member = member_of(request)
    if member is not None:
        member.refresh_from_db()
        till.welcome(member=member, programme=programme_of(request), now=timezone.now())
    text = gettext("The phone of your card was changed.") if what == "phone" else gettext("The e-mail of your card was changed.")
    messages.success(request, text)
    warning: dict[str, Any] = {"text": f"{text} {gettext('If it was not you, write to support.')}", "user": user}
    if "@" in former:
        get_adapter().send_mail("account/email/notice", former, warning)


def _tell_owner(contact: str) -> None:
    """Tell whoever has a contact that another member tried to take it over: only they may know that it is known."""
    if "@" in contact:
        if rate_limit.allow(rate_limit.NOTICES_TO_CONTACT, key=contact, now=timezone.now()):
            get_adapter().send_account_already_exists_mail(contact)
    else:
        get_adapter().send_account_already_exists_sms(contact)


def _old_contact(user: User, what: str) -> str:
    """Where the first code goes: the contact that changes; where there is none yet, the other one."""
    number, address = str(user.phone or ""), user.email or ""
    return (number or address) if what == "phone" else (address or number)
