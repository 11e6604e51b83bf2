"""Signing up: the one screen, starting again with another contact, the card digits, the end."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.stagekit import clear_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain import card as cards
from accounts.domain import rate_limit
from accounts.forms import SIGNUP_CONTACTS_KEY, LastDigitsForm
from accounts.models import Member
from accounts.stages import MembershipStage
from loyalty.domain import till
from loyalty.web.page import card_of, member_page, private, programme_of


class SignupView(allauth_views.SignupView):
    """The one screen. After “another number” it is filled in as before."""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), **self.request.session.get(SIGNUP_CONTACTS_KEY, {})}


@require_POST
def restart(request: HttpRequest) -> HttpResponse:
    """Back to the first screen: the codes under way are void."""
    clear_login(request)
    request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
    return redirect("account_signup")


@login_stage_required(stage=MembershipStage.key, redirect_urlname="account_signup")
@require_http_methods(["GET", "POST"])
def card_digits(request: HttpRequest) -> HttpResponse:
    """Both contacts are proven and a member with points was met before: the last card digits, or a new card."""
    stage: MembershipStage = request._login_stage  # type: ignore[attr-defined]
    found = till.find_for_sign_up(stage.login.user, programme=programme_of(request), now=timezone.now()) if stage.login.user else None
    if found is None or not found.needs_digits:
        return stage.exit()
    if request.POST.get("action") == "new":
        stage.join(attach_to=None)
        return stage.exit()
    form = LastDigitsForm(request.POST or None)
    left: int | None = None
    if request.method == "POST" and form.is_valid():
        limit = rate_limit.DIGITS_OF_MEMBER[0]
        tries = rate_limit.count(limit, key=str(found.member.pk), now=timezone.now())
        if tries <= limit.amount and cards.last_digits_match(found.member, form.cleaned_data["digits"]):
            stage.join(attach_to=found)
            return stage.exit()
        left = max(0, limit.amount - tries)
        form.add_error("digits", gettext("These aren't the last digits of your card."))
    return private(render(request, "accounts/card_digits.html", {"form": form, "left": left}))


@require_safe
@member_page
def done(request: HttpRequest, member: Member) -> HttpResponse:
    """The card is there. A passkey is offered."""
    request.session.pop(SIGNUP_CONTACTS_KEY, None)
    programme = programme_of(request)
    return render(request, "accounts/signup_done.html", {"card": card_of(request), "points": programme.welcome_points})
