"""/accounts/claim/: a card without a log-in becomes its holder's, by its number and a code to the contact on file."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.domain import enrol, notify, rate_limit
from accounts.domain.consent import Agreement
from accounts.forms import ClaimForm, CodeForm, client_address, may_send_codes
from accounts.stages import read_agreement, write_agreement
from accounts.views.challenge import Challenge, ask_again, is_a_code
from accounts.views.codes import say_expired, say_too_many
from loyalty.domain import till
from loyalty.lib.errors import DomainError
from loyalty.templatetags.cabinet import masked
from loyalty.web.page import private, programme_of

NAME = "claim"


@never_cache
@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest) -> HttpResponse:
    """Take the card number. What comes next looks the same whether the card is known or not."""
    if request.user.is_authenticated:
        return redirect("home")
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _may_claim(request, form.cleaned_data["number"]):
            version = programme_of(request).rules_version
            write_agreement(request, Agreement(version=version, marketing=form.cleaned_data["promo"], at=timezone.now(), source="claim"))
            _start(request, form.cleaned_data["number"])
            return redirect("claim_code")
        form.add_error(None, get_adapter().validation_error("rate_limited"))
    return private(render(request, "accounts/claim.html", {"form": form}))


@never_cache
@require_http_methods(["GET", "POST"])
def claim_code(request: HttpRequest) -> HttpResponse:
    """Take the code that went to the contact on file, and log its owner in."""
    challenge = Challenge.resume(request, NAME)
    if request.user.is_authenticated or challenge is None:
        if not request.user.is_authenticated:
            say_expired(request)
        return redirect("home" if request.user.is_authenticated else "claim")
    if request.POST.get("action") == "resend":
        return ask_again(request, challenge)
    form = CodeForm(request.POST or None, code=challenge.code)
    if request.method == "POST" and is_a_code(form):
        if challenge.accept(form["code"].value()):
            return _finish(request, challenge)
        if challenge.is_over:
            say_too_many(request)
            return redirect("claim")
    context = {**challenge.context(), "form": form, "verify_form": form, "kind": NAME, "contact": "", "mask": challenge.state["mask"]}
    return private(render(request, "account/code.html", context))


def _may_claim(request: HttpRequest, number: str) -> bool:
    now = timezone.now()
    by_address = rate_limit.allow(rate_limit.CARDS_FROM_ADDRESS, key=client_address(request), now=now)
    return rate_limit.allow(rate_limit.CLAIMS_OF_CARD, key=number, now=now) and by_address


def _start(request: HttpRequest, number: str) -> None:
    try:
        claimed = enrol.claimable(number)
    except DomainError as error:
        contact = error.details.get("phone") or error.details.get("email")
        if contact:
            _tell(request, contact, error.code)
        # The contact of a card that can't be claimed: its real one if it has one, else one that the number makes up.
        Challenge.start(request, NAME, contact=f"card {number}", silent=True, mask=masked(contact) if contact else _made_up(number), claim=None)
        return
    contact = claimed.phone or claimed.email or ""
    kept = {"card_id": claimed.card_id, "phone": claimed.phone, "email": claimed.email}
    Challenge.start(request, NAME, contact=contact, silent=not may_send_codes(request, contact), mask=masked(contact), claim=kept)


def _tell(request: HttpRequest, contact: str, why: str) -> None:
    """Tell the holder, and nobody else, why a claim of their card leads nowhere."""
    if not rate_limit.allow(rate_limit.NOTICES_TO_CONTACT, key=contact, now=timezone.now()):
        return
    blocked = gettext("Somebody entered the number of your blocked card. Log in, or ask support for a new card.")
    known = gettext("Your card has a log-in already: log in with a code to this contact.")
    text = blocked if why == "card_blocked" else known
    if "@" in contact:
        get_adapter().send_mail("account/email/notice", contact, {"text": text})
    else:
        notify.send_sms(to=contact, text=f"{programme_of(request).name}: {text}", now=timezone.now())


def _made_up(number: str) -> str:
    """A masked contact for a number that nobody has: always the same one, as a real card's would be."""
    digest = salted_hmac("accounts.claim", number).digest()
    return masked(f"+79{digest[0] % 100:02d}00000{digest[1] % 100:02d}")


def _finish(request: HttpRequest, challenge: Challenge) -> HttpResponse:
    kept: dict[str, Any] = challenge.state["claim"]
    challenge.abort()
    try:
        member = till.claim_card(
            claimed=enrol.Claim(**kept),
            agreement=read_agreement(request),
            language=get_language() or "",
            programme=programme_of(request),
            now=timezone.now(),
        )
    except DomainError:
        messages.error(request, gettext("This card was given to somebody meanwhile. Log in, or write to support."))
        return redirect("account_login")
    flows.login.record_authentication(request, member.user, method="code", email=kept["email"], phone=kept["phone"])
    messages.success(request, gettext("The card is yours. Welcome."))
    return flows.login.perform_login(request, Login(user=member.user, email=kept["email"]))
