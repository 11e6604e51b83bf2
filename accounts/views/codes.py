"""Pages on which a code is typed in: how many tries are left, when the next code may be asked for, what an end looks like."""

import time
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.domain import rate_limit
from accounts.forms import may_send_codes
from loyalty.web.page import private

RESEND_AFTER = 45  # seconds


def resend_wait(state: dict[str, Any]) -> int:
    """Seconds until another code may be asked for."""
    return max(0, round(RESEND_AFTER - (time.time() - float(state["at"]))))


def may_guess(state: dict[str, Any], contact: str) -> bool:
    """Count a guess of the code that was sent at `state["at"]`, across processes; False when there were too many."""
    limit = rate_limit.Limit("code.guess", rate_limit.GUESSES_PER_CODE, 3600)
    return rate_limit.allow((limit,), key=f"{contact} {state['at']!r}", now=timezone.now())


def say_expired(request: HttpRequest) -> None:
    """Tell that the time for a code is over."""
    messages.error(request, gettext("The time for the code is over. Begin again: a new code will be sent."))


def say_too_many(request: HttpRequest) -> None:
    """Tell that a code was guessed at too often."""
    messages.error(request, gettext("The code was wrong too many times. Begin again: a new code will be sent."))


class CodePage:
    """On top of allauth's code views: guesses counted across processes, a pause between codes, a form error that costs no try."""

    request: HttpRequest
    start = "account_login"
    kind = "login"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        # Without either there was no code under way at all: allauth has sent the visitor where codes begin.
        if (hasattr(self, "process") or hasattr(self, "_process")) and self.current is None:
            say_expired(request)
            return redirect(self.start)
        return private(response) if isinstance(response, HttpResponse) else response

    @property
    def current(self) -> Any:
        """allauth's code process."""
        return self.process if hasattr(self, "process") else self._process  # type: ignore[attr-defined]

    @property
    def contact(self) -> str:
        """Where the code went."""
        state = self.current.state
        return str(state.get("email") or state.get("phone") or "")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the guess before the code is looked at: concurrent guesses can't slip through."""
        if self._action == "verify" and len(request.POST.get("code", "").strip()) >= 6 and not may_guess(self.current.state, self.contact):
            return self.give_up()
        response: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]
        return response

    @property
    def _action(self) -> str:
        # allauth's third action, another contact, would tell which contacts are known: one starts again instead.
        return "resend" if self.request.POST.get("action") == "resend" else "verify"

    def form_valid(self, form: Form) -> HttpResponse:
        """The code was right, or another one is wanted."""
        if self._action == "resend":
            return self.resend()
        return self._verify_form_valid(form)  # type: ignore[attr-defined]

    def resend(self) -> HttpResponse:
        """Send another code, if it's time and there weren't too many."""
        state, here = self.current.state, HttpResponseRedirect(self.request.get_full_path())
        if wait := resend_wait(state):
            messages.error(self.request, gettext("Another code can be sent in %(seconds)s s.") % {"seconds": wait})
        elif not self.current.can_resend or not may_send_codes(self.request, self.contact):
            messages.error(self.request, str(get_adapter().error_messages["rate_limited"]))
        else:
            state["at"], state["failed_attempts"] = time.time(), 0
            self.current.resend()
            messages.success(self.request, gettext("A new code is on its way."))
        return here

    def form_invalid(self, form: Form) -> HttpResponse:
        """Only a code that was wrong costs a try."""
        wrong = any(error.code == "incorrect_code" for error in form.errors.as_data().get("code", []))
        if wrong and not self.current.record_invalid_attempt():
            return self.give_up()
        return self.render_to_response(self.get_context_data(form=form))  # type: ignore[attr-defined]

    def give_up(self) -> HttpResponse:
        """No tries left: the code is void."""
        self.current.abort()
        say_too_many(self.request)
        return redirect(self.start)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Contact, tries left, seconds until another code."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        state = self.current.state
        return {
            **context,
            "kind": self.kind,
            "contact": self.contact,
            "by_email": "@" in self.contact,
            "attempts_left": self.current.max_attempts - state["failed_attempts"],
            "wait": resend_wait(state),
            "minutes": self.current.timeout // 60,
        }


class LoginCodeView(CodePage, allauth_views.ConfirmLoginCodeView):
    """The code of a log-in."""

    template_name = "account/code.html"


class SignupPhoneView(CodePage, allauth_views._VerifyPhoneSignupView):
    """The first code of a sign-up, to the phone."""

    template_name = "account/code.html"
    start, kind = "account_signup", "signup"


class SignupEmailView(CodePage, allauth_views.ConfirmEmailVerificationCodeView):
    """The second code of a sign-up, to the e-mail."""

    template_name = "account/code.html"
    start, kind = "account_signup", "signup"


class ResetCodeView(CodePage, allauth_views.ConfirmPasswordResetCodeView):
    """The code before a new password."""

    template_name = "account/code.html"
    start, kind = "account_reset_password", "reset"

    def _verify_form_valid(self, form: Form) -> HttpResponse:
        self.current.confirm_code()
        return redirect(self.passthrough_next_url(reverse("account_complete_password_reset")))

    def resend(self) -> HttpResponse:
        """A reset sends one code; the form sends another."""
        self.current.abort()
        return redirect(self.start)
