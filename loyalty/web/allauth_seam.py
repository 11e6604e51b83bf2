"""The one place that imports django-allauth's private names: `allauth.*.internal` and what begins with an underscore.

allauth promises nothing about them, so requirements/base.in binds its version, and tests/accounts/test_allauth_seam.py says
by name which of them a newer version has moved or changed; the private methods that our classes override are listed there too.
Public names are imported where they are used.
"""

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.internal import flows
from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.stagekit import clear_login
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import Login
from allauth.account.stages import LoginStage
from allauth.account.views import _VerifyPhoneSignupView
from allauth.core.internal.cryptokit import compare_user_code
from allauth.usersessions.internal.flows import sessions
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse

from accounts.models import User

# To inherit from: the life of one code (tries, resends, timeout) in a `state` that the heir keeps; the page of a sign-up's first code.
CodeProcess = AbstractCodeVerificationProcess
VerifyPhoneSignupView = _VerifyPhoneSignupView


def log_in(request: HttpRequest, login: Login) -> HttpResponse:
    """Take a log-in through its stages, as far as they go without an answer from the visitor."""
    response: HttpResponse = flows.login.perform_login(request, login)
    return response


def log_in_by_code(request: HttpRequest, user: User, *, email: str | None = None, phone: str | None = None, redirect_url: str | None = None) -> HttpResponse:
    """Log in somebody who proved a contact by a code of ours; later pages may ask how (reauthentication)."""
    flows.login.record_authentication(request, user, method="code", email=email, phone=phone)
    return log_in(request, Login(user=user, email=email, redirect_url=redirect_url))


def sign_up_nobody(request: HttpRequest, *, email: str, phone: str) -> HttpResponse:
    """A sign-up that leads nowhere but looks like any other: its contacts have a log-in, and only their owner is told."""
    response: HttpResponse = flows.signup.prevent_enumeration(request, email=email, phone=phone)
    return response


def drop_login(request: HttpRequest) -> None:
    """Forget the log-in or sign-up under way."""
    clear_login(request)


def drop_email_code(request: HttpRequest) -> None:
    """Forget the code of a sign-up's e-mail."""
    request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)


def stage_page(*, stage: str, otherwise: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page of a log-in that has come to a stage (`stage_of` gives it); any other visitor is sent to the page named `otherwise`."""
    decorator: Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]] = login_stage_required(stage=stage, redirect_urlname=otherwise)
    return decorator


def stage_of(request: HttpRequest) -> LoginStage:
    """The stage that a `stage_page` was reached at."""
    return request._login_stage  # type: ignore[attr-defined]


def process_of(view: Any) -> Any:
    """The code that one of allauth's code views is about; None if its time is over. Raises AttributeError before the view has looked for it."""
    return view.process if hasattr(view, "process") else view._process


def is_same_code(typed: str, *, expected: str) -> bool:
    """Whether a code was typed right, compared in constant time. No code is ever equal to an empty one."""
    return bool(compare_user_code(actual=typed, expected=expected))


def active_users_with_email(email: str) -> list[User]:
    """Active log-ins with an e-mail; where some proved it, only those."""
    users: list[User] = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    return users


def end_sessions(request: HttpRequest, ended: Iterable[UserSession]) -> None:
    """Log devices out; if this one is among them, the request is anonymous from here on."""
    sessions.end_sessions(request, list(ended))
