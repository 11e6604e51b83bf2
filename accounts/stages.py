"""What a log-in goes through after allauth knows who it is (accounts.adapter lists the stages in their order)."""

from datetime import datetime
from typing import Any

from allauth.account.stages import EmailVerificationStage, LoginStage, PhoneVerificationStage
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.adapter import has_totp
from accounts.domain.consent import Agreement
from loyalty.domain import till
from loyalty.web.page import programme_of

type Handled = tuple[HttpResponse | None, bool]

AGREEMENT_SESSION_KEY = "signup.agreement"


class PhoneStage(PhoneVerificationStage):
    """The code to the phone: part of a sign-up, not of later log-ins."""

    def handle(self) -> Handled:
        return (None, True) if _is_settled(self.login) else super().handle()


class EmailStage(EmailVerificationStage):
    """The code to the e-mail: part of a sign-up, not of later log-ins."""

    def handle(self) -> Handled:
        return (None, True) if _is_settled(self.login) else super().handle()


class MembershipStage(LoginStage):
    """After both codes of a sign-up: the member, the card and the welcome points. May ask for card digits first."""

    key = "membership"
    urlname = "signup_card"

    def handle(self) -> Handled:
        user = self.login.user
        if user is None or not user.signup_pending:
            return None, True
        found = till.find_for_sign_up(user, programme=programme_of(self.request), now=timezone.now())
        if found is not None and found.needs_digits:
            return headed_redirect_response("signup_card"), True
        self.join(attach_to=found)
        return None, True

    def join(self, *, attach_to: till.Found | None) -> None:
        """Finish the sign-up with what was ticked on its first screen."""
        agreement, member_id = read_agreement(self.request), attach_to.member.pk if attach_to else None
        if attach_to and attach_to.other:
            messages.info(self.request, gettext("Your contacts were on file for two cards. Support can join the points of the other one to this."))
        till.join(user_id=self.login.user.pk, agreement=agreement, attach_to=member_id, programme=programme_of(self.request), now=timezone.now())
        self.login.user.refresh_from_db()


class SecondFactorStage(AuthenticateStage):
    """An authenticator app asks for its code. A passkey alone doesn't: members have it instead of a code."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return self.login.user is not None and has_totp(self.login.user) and super()._should_handle(request)


def write_agreement(request: HttpRequest, agreement: Agreement) -> None:
    """Keep what was ticked until the member exists."""
    kept = {"version": agreement.version, "marketing": agreement.marketing, "at": agreement.at.isoformat(), "source": agreement.source}
    request.session[AGREEMENT_SESSION_KEY] = kept


def read_agreement(request: HttpRequest) -> Agreement:
    """What was ticked in this session."""
    kept: dict[str, Any] = request.session[AGREEMENT_SESSION_KEY]
    return Agreement(version=kept["version"], marketing=kept["marketing"], at=datetime.fromisoformat(kept["at"]), source=kept["source"])


def _is_settled(login: Any) -> bool:
    return login.user is not None and not login.user.signup_pending
