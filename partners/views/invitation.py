"""/invitations/<token>/: the link of the mail. Whoever proves the invited address gets the seat, with a new log-in if they have none."""

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.models import Login
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import CodeForm, may_send_codes
from accounts.models import User
from accounts.views.challenge import Challenge, ask_again, is_a_code
from accounts.views.codes import say_expired, say_too_many
from loyalty.lib.errors import DomainError
from loyalty.web.page import private
from partners.domain import invitations
from partners.models import Invitation

_NAME = "invitation"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites to what. Accepting takes a log-in with the invited address, or a code to it."""
    invited = _find(token)
    try:
        invitations.refuse_void(invited, now=timezone.now())
    except DomainError as error:
        return private(render(request, "partners/invitation.html", {"invitation": invited, "void": gettext(error.message)}, status=410))
    mine = request.user.is_authenticated and invitations.is_for(invited, user=request.user)
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, invited, request.user)
    if request.method == "POST":
        if may_send_codes(request, invited.email):
            Challenge.start(request, _NAME, contact=invited.email, invitation=invited.pk)
            return redirect("desk_invitation_code", token)
        messages.error(request, str(get_adapter().error_messages["rate_limited"]))
    return private(render(request, "partners/invitation.html", {"invitation": invited, "mine": mine, "token": token}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_code(request: HttpRequest, token: str) -> HttpResponse:
    """The code to the invited address: proves it, logs in, takes the seat."""
    invited = _find(token)
    challenge = Challenge.resume(request, _NAME)
    if request.user.is_authenticated or challenge is None or challenge.state["invitation"] != invited.pk:
        if not request.user.is_authenticated:
            say_expired(request)
        return redirect("desk_invitation", token)
    if request.POST.get("action") == "resend":
        return ask_again(request, challenge)
    form = CodeForm(request.POST or None, code=challenge.code)
    if request.method == "POST" and is_a_code(form):
        if challenge.accept(form["code"].value()):
            challenge.abort()
            return _log_in(request, invited)
        if challenge.is_over:
            say_too_many(request)
            return redirect("desk_invitation", token)
    context = {**challenge.context(), "form": form, "verify_form": form, "kind": _NAME}
    return private(render(request, "account/code.html", context))


def _find(token: str) -> Invitation:
    found = invitations.find(token)
    if found is None:
        raise Http404
    return found


def _log_in(request: HttpRequest, invited: Invitation) -> HttpResponse:
    """The address is proven: its log-in takes the seat and goes through what every log-in goes through."""
    now = timezone.now()
    try:
        user = invitations.log_in_of(invited.email, language=get_language() or "", now=now)
    except DomainError as error:
        messages.error(request, gettext(error.message))
        return redirect("account_login")
    answer = _accept(request, invited, user)
    flows.login.record_authentication(request, user, method="code", email=invited.email)
    return flows.login.perform_login(request, Login(user=user, email=invited.email, redirect_url=answer["Location"]))


def _accept(request: HttpRequest, invited: Invitation, user: User) -> HttpResponse:
    try:
        seat = invitations.accept(invited, user=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, gettext(error.message))
        return redirect("desk_invitation", invitations.token(invited))
    messages.success(request, gettext("Welcome to the desk of %(partner)s.") % {"partner": invited.partner.name})
    return redirect(reverse("desk_overview", args=[seat.partner.slug]))
