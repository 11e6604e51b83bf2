"""allauth's private names: each is where we look for it, takes what we give it, and does what we use it for.

Where an upgrade breaks one, the test that fails has its name. Nothing else of ours may touch them.
"""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from allauth.account.models import EmailAddress, Login
from allauth.core import context
from allauth.usersessions.models import UserSession
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.models import Member, User
from tests.accounts.conftest import EMAIL, PHONE, Post
from tests.accounts.walk import begin, enter_phone_code, log_in
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.second_factor import give_app, give_recovery_codes

SEAM = "loyalty/web/allauth_seam.py"
# Makes authenticator apps and recovery codes for tests.
FOR_TESTS = "tests/factories/second_factor.py"
THIS = "tests/accounts/test_allauth_seam.py"
PRIVATE = re.compile(r"\ballauth(\.\w+)*\.(internal|_\w+)\b")

REQUEST, USER = HttpRequest(), User()
# What we call, and how: positional arguments, then named ones.
CALLED: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "allauth.account.internal.flows.login.perform_login": ((REQUEST, Login(user=None)), {}),
    "allauth.account.internal.flows.login.record_authentication": ((REQUEST, USER), {"method": "code", "email": "", "phone": ""}),
    "allauth.account.internal.flows.signup.prevent_enumeration": ((REQUEST,), {"email": "", "phone": ""}),
    "allauth.account.internal.decorators.login_stage_required": ((), {"stage": "", "redirect_urlname": ""}),
    "allauth.account.internal.stagekit.clear_login": ((REQUEST,), {}),
    "allauth.account.internal.userkit.filter_users_by_email": (("",), {"is_active": True, "prefer_verified": True, "for_login": True}),
    "allauth.core.internal.cryptokit.compare_user_code": ((), {"actual": "", "expected": ""}),
    "allauth.usersessions.internal.flows.sessions.end_sessions": ((REQUEST, []), {}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess": ((), {"max_attempts": 5, "timeout": 600, "state": {}}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess.initial_state": ((None,), {}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess.abort_if_invalid": ((None,), {}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess.record_invalid_attempt": ((None,), {}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess.record_resend": ((None,), {}),
    "allauth.account.internal.flows.code_verification.AbstractCodeVerificationProcess.is_resend_quota_reached": ((None, 3), {}),
    "allauth.account.views._VerifyPhoneSignupView.as_view": ((), {}),
    # On views of ours that inherit them.
    "allauth.account.views._VerifyPhoneSignupView._verify_form_valid": ((None, None), {}),
    "allauth.account.views.ConfirmLoginCodeView._verify_form_valid": ((None, None), {}),
    "allauth.account.views.ConfirmEmailVerificationCodeView._verify_form_valid": ((None, None), {}),
}
# Private methods of allauth's public classes that ours override: a renamed one would silently be called no more.
OVERRIDDEN = [
    ("accounts.adapter.AccountAdapter", "_get_login_attempts_cache_key"),
    ("accounts.adapter.MFAAdapter", "_get_site_name"),
    ("accounts.stages.SecondFactorStage", "_should_handle"),
    ("accounts.forms.signup.SignupForm", "_clean_phone"),
    ("accounts.forms.login.LoginForm", "_setup_password_field"),
    ("accounts.forms.login.LoginForm", "_clean_without_password"),
    ("accounts.forms.login.LoginForm", "_clean_with_password"),
    ("accounts.views.login.LoginView", "_redirect_to_pending_stage"),
    ("accounts.views.codes.LoginCodeView", "_action"),
    ("accounts.views.codes.SignupPhoneView", "_action"),
    ("accounts.views.codes.SignupEmailView", "_action"),
]


@pytest.fixture
def seam() -> ModuleType:
    """Imported by the test, not by this file: should a name be gone, the tests above still tell which one."""
    return import_module(SEAM.removesuffix(".py").replace("/", "."))


@pytest.fixture
def request_() -> HttpRequest:
    """A request of a visitor with a session, as allauth's middleware hands it on."""
    request = RequestFactory().post("/")
    request.session, request.user = SessionStore(), import_string("django.contrib.auth.models.AnonymousUser")()  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


@pytest.fixture
def current(request_: HttpRequest) -> Any:
    """allauth knows the request."""
    with context.request_context(request_):
        yield request_


# --- they are there ---


@pytest.mark.parametrize("name", CALLED)
def test_the_name_is_there_and_takes_what_we_give_it(name: str) -> None:
    args, kwargs = CALLED[name]
    inspect.signature(_find(name)).bind(*args, **kwargs)


def test_the_key_of_the_emails_code_is_there() -> None:
    assert isinstance(_find("allauth.account.internal.flows.email_verification_by_code.EMAIL_VERIFICATION_CODE_SESSION_KEY"), str)


@pytest.mark.parametrize(("ours", "method"), OVERRIDDEN)
def test_the_method_that_we_override_is_there(ours: str, method: str) -> None:
    cls = import_string(ours)
    mine, theirs = (_parameters(_of(cls, method, allauths=allauths)) for allauths in (False, True))
    assert mine == theirs


def test_every_private_name_of_the_seam_is_tested(repository: Path) -> None:
    tested = {*CALLED, "allauth.account.internal.flows.email_verification_by_code.EMAIL_VERIFICATION_CODE_SESSION_KEY"}
    for name in _imported(repository / SEAM):
        assert any(known == name or known.startswith(f"{name}.") for known in tested), name


def test_nothing_but_the_seam_touches_private_names(repository: Path) -> None:
    files = [path for app in ("accounts", "loyalty", "partners", "quests", "tests", "benchmarks") for path in (repository / app).rglob("*.py")]
    touching = {str(path.relative_to(repository)) for path in files if any(map(PRIVATE.search, _imported(path)))}
    assert touching == {SEAM, FOR_TESTS}


def test_the_version_is_bound(repository: Path) -> None:
    assert re.search(r"^django-allauth\[mfa\]>=[\d.]+,<[\d.]+$", (repository / "requirements/base.in").read_text(), re.MULTILINE)


# --- they do what we use them for ---


def test_log_in_goes_on_to_the_first_stage_that_asks_something(seam: ModuleType, current: HttpRequest, member: Member) -> None:
    staff = StaffFactory()
    give_app(staff)
    assert _address(seam.log_in(current, Login(user=staff))) == reverse("mfa_authenticate")
    assert not current.user.is_authenticated
    seam.log_in(current, Login(user=member.user))
    assert current.user == member.user


def test_log_in_by_code_remembers_how_and_goes_where_it_was_told(seam: ModuleType, current: HttpRequest, member: Member) -> None:
    assert member.user is not None
    assert _address(seam.log_in_by_code(current, member.user, email=EMAIL, redirect_url="/desk/")) == "/desk/"
    assert current.user == member.user
    (record,) = current.session["account_authentication_methods"]
    assert (record["method"], record["email"], "phone" in record) == ("code", EMAIL, False)


@pytest.mark.django_db
def test_sign_up_nobody_asks_for_a_code_as_any_sign_up_does(seam: ModuleType, current: HttpRequest, post: Post) -> None:
    UserFactory(phone=PHONE, email=EMAIL)
    assert _address(seam.sign_up_nobody(current, email=EMAIL, phone=PHONE)) == reverse("account_verify_phone")
    assert not current.user.is_authenticated
    assert "user_pk" not in str(current.session["account_login"]) or current.session["account_login"]["user_pk"] is None


def test_drop_login_ends_a_sign_up_under_way(seam: ModuleType, client: Client, post: Post, db: None) -> None:
    begin(client)
    assert client.get(reverse("account_verify_phone")).status_code == 200
    _on_session(client, seam.drop_login)
    assert client.get(reverse("account_verify_phone")).status_code == 302


def test_drop_email_code_voids_the_second_code(seam: ModuleType, client: Client, post: Post, db: None) -> None:
    begin(client)
    enter_phone_code(client, post.sms_code())
    assert client.get(reverse("account_email_verification_sent")).status_code == 200
    _on_session(client, seam.drop_email_code)
    assert client.get(reverse("account_email_verification_sent")).status_code == 302


def test_stage_page_lets_in_who_came_so_far(seam: ModuleType, request_: HttpRequest, client: Client, post: Post, db: None) -> None:
    @seam.stage_page(stage="verify_phone", otherwise="account_signup")  # type: ignore[untyped-decorator]
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(seam.stage_of(request).login.phone)

    assert _address(page(request_)) == reverse("account_signup")
    begin(client)
    request_.session = client.session
    assert page(request_).content.decode() == PHONE


def test_process_of_is_the_code_that_a_view_is_about(seam: ModuleType, client: Client, post: Post, member: Member) -> None:
    log_in(client, PHONE)
    page = client.get(reverse("account_confirm_login_code"))
    assert seam.process_of(page.context["view"]).code == post.sms_code()
    client.post(reverse("account_login"))
    begin(client, phone="+79001230043", email="other@example.org")
    page = client.get(reverse("account_verify_phone"))
    assert seam.process_of(page.context["view"]).code == post.sms_code("+79001230043")


def test_is_same_code_knows_no_empty_code(seam: ModuleType) -> None:
    assert seam.is_same_code("123456", expected="123456")
    assert not seam.is_same_code("123457", expected="123456")
    assert not seam.is_same_code("", expected="")
    assert not seam.is_same_code("१२३४५६", expected="123456")


@pytest.mark.django_db
def test_active_users_with_email_are_those_who_proved_it(seam: ModuleType) -> None:
    proven = UserFactory(email=EMAIL)
    other = UserFactory(email="other@example.org")
    EmailAddress.objects.create(user=other, email=EMAIL, verified=False)
    assert seam.active_users_with_email(EMAIL.upper()) == [proven]
    User.objects.filter(pk=proven.pk).update(is_active=False)
    assert seam.active_users_with_email(EMAIL) == []
    assert seam.active_users_with_email("nobody@example.org") == []


def test_end_sessions_logs_this_device_out_too(seam: ModuleType, current: HttpRequest, signed_in: Client, member: Member) -> None:
    UserSession.objects.create(user=member.user, ip="127.0.0.1", session_key=signed_in.session.session_key)
    seam.log_in(current, Login(user=member.user))
    seam.end_sessions(current, UserSession.objects.filter(user=member.user))
    assert not current.user.is_authenticated
    assert signed_in.get(reverse("profile")).status_code == 302


def test_a_code_process_counts_tries_and_resends_and_ends(seam: ModuleType) -> None:
    class Process(seam.CodeProcess):  # type: ignore[misc, name-defined]
        """Notes what becomes of it."""

        said = ""

        def send(self) -> None: ...

        def persist(self) -> None:
            self.said = "kept"

        def abort(self) -> None:
            self.said = "gone"

    state = Process.initial_state(None)
    process = Process(max_attempts=2, timeout=600, state=state)
    assert (process.code, process.abort_if_invalid(), process.is_resend_quota_reached(1)) == ("", process, False)
    process.record_resend()
    assert process.is_resend_quota_reached(1)
    assert (process.record_invalid_attempt(), process.said) == (True, "kept")
    assert (process.record_invalid_attempt(), process.said) == (False, "gone")
    state["at"] -= 601
    assert process.abort_if_invalid() is None


def test_the_page_of_a_sign_ups_first_code_is_ours_on_allauths(seam: ModuleType, client: Client, post: Post, db: None) -> None:
    begin(client)
    page = client.get(reverse("account_verify_phone"))
    assert isinstance(page.context["view"], seam.VerifyPhoneSignupView)


def test_recovery_codes_can_be_made_for_tests(db: None) -> None:
    assert len(give_recovery_codes(StaffFactory())) >= 8


def _find(name: str) -> Any:
    """What a dotted name means: the longest module, then its attributes. Raises AttributeError or ModuleNotFoundError with the name."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


def _imported(path: Path) -> set[str]:
    """The dotted names that a file imports from allauth, and those that it reaches through an imported module."""
    found: dict[str, str] = {}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("allauth"):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    names = set(found.values())
    for node in ast.walk(tree):
        dotted = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if (head := dotted.partition(".")[0]) in found:
            names.add(f"{found[head]}.{dotted.partition('.')[2]}")
    return {name for name in names if PRIVATE.search(name) and not any(other.startswith(f"{name}.") for other in names)}


def _of(cls: type, method: str, *, allauths: bool) -> Any:
    """The method as allauth's first class that has it defines it, or as ours does."""
    for base in cls.__mro__:
        if method in vars(base) and base.__module__.startswith("allauth.") == allauths:
            return vars(base)[method]
    raise AttributeError(f"{cls.__qualname__}.{method} is not {'allauth' if allauths else 'our'}s any more")


def _parameters(method: Any) -> list[str]:
    function = getattr(method, "fget", None) or getattr(method, "func", None) or method
    return list(inspect.signature(function).parameters)


def _address(response: Any) -> str:
    return str(response["Location"])


def _on_session(client: Client, act: Any) -> None:
    """Do something to the session of a client, as a view would."""
    request = RequestFactory().get("/")
    request.session = client.session
    act(request)
    request.session.save()
